/// Names something that is to happen, until it has happened or was cancelled.
package struct TimerID: Hashable, Sendable {
    var slot: Int
    var number: UInt64
}

/// Virtual time: what is to happen, in the order of (time, number). Microseconds since 1970.
///
/// Time stands still while an action runs, and jumps to the next one when it has returned. Confined to one thread.
package final class Timeline {
    /// Microseconds since 1970.
    package private(set) var now: Int64
    /// How many actions were run: equal for two runs of one seed.
    package private(set) var stepCount = 0
    private var agenda = Agenda()

    /// - Parameter start: Microseconds since 1970.
    package init(start: Int64) { now = start }

    /// Runs the action at that time, or, if it is past, as soon as what is due now was run.
    @discardableResult
    package func at(_ time: Int64, _ action: @escaping () -> Void) -> TimerID { schedule(time, nil, action) }

    @discardableResult
    package func after(_ microseconds: Int64, _ action: @escaping () -> Void) -> TimerID {
        schedule(now &+ max(0, microseconds), nil, action)
    }

    /// - Parameter host: Who runs the action, if it can.
    func schedule(_ time: Int64, _ host: Host?, _ action: @escaping () -> Void) -> TimerID {
        agenda.add(max(time, now), host, action)
    }

    /// Takes the action back; harmless when it has run, or was taken back before.
    package func cancel(_ id: TimerID) {
        // What it holds goes when the agenda is closed again: its end may cancel, too.
        let action = agenda.cancel(id)
        withExtendedLifetime(action) {}
    }

    /// Runs the next action; false when there is none.
    package func step() -> Bool {
        guard let next = agenda.takeFirst() else { return false }
        now = next.time
        stepCount += 1
        if let host = next.host { host.run(next.id, next.action) } else { next.action() }
        return true
    }

    /// When the next action is to happen; nil when there is none.
    package var nextTime: Int64? { agenda.firstTime() }

    /// Forgets all that is to happen. What is left of a world holds itself by its timers: to be called when it is over.
    package func clear() {
        var forgotten = Agenda()
        swap(&forgotten, &agenda)
        withExtendedLifetime(forgotten) {}
    }
}

/// A binary heap of what is to happen. To cancel costs nothing but that the action is released; the entry is dropped when
/// it comes up, or when too many of that kind have gathered.
private struct Agenda {
    private struct Entry {
        var time: Int64
        var number: UInt64
        var slot: Int

        func isBefore(_ other: Entry) -> Bool { time != other.time ? time < other.time : number < other.number }
    }

    /// What an entry of the heap stands for. A slot that has another number is not the entry's any more.
    private struct Slot {
        var number: UInt64
        var host: Host?
        var action: (() -> Void)?
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var nextNumber: UInt64 = 1
    private var cancelledCount = 0

    mutating func add(_ time: Int64, _ host: Host?, _ action: @escaping () -> Void) -> TimerID {
        let number = nextNumber
        nextNumber += 1
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            slots[slot] = Slot(number: number, host: host, action: action)
        } else {
            slot = slots.count
            slots.append(Slot(number: number, host: host, action: action))
        }
        push(Entry(time: time, number: number, slot: slot))
        return TimerID(slot: slot, number: number)
    }

    /// - Returns: What was to be done.
    mutating func cancel(_ id: TimerID) -> (() -> Void)? {
        guard id.slot < slots.count, slots[id.slot].number == id.number else { return nil }
        let action = slots[id.slot].action
        release(id.slot)
        cancelledCount += 1
        if cancelledCount > 64, cancelledCount > heap.count / 2 { dropCancelled() }
        return action
    }

    mutating func takeFirst() -> (time: Int64, id: TimerID, host: Host?, action: () -> Void)? {
        while let entry = popFirst() {
            guard slots[entry.slot].number == entry.number, let action = slots[entry.slot].action else {
                cancelledCount -= 1
                continue
            }
            let host = slots[entry.slot].host
            release(entry.slot)
            return (entry.time, TimerID(slot: entry.slot, number: entry.number), host, action)
        }
        return nil
    }

    mutating func firstTime() -> Int64? {
        while let first = heap.first {
            if slots[first.slot].number == first.number { return first.time }
            _ = popFirst()
            cancelledCount -= 1
        }
        return nil
    }

    private mutating func release(_ slot: Int) {
        slots[slot] = Slot(number: 0, host: nil, action: nil)
        freeSlots.append(slot)
    }

    // MARK: The heap

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.isBefore(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    private mutating func popFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(last, from: 0) }
        return first
    }

    /// Puts the entry at the place, or as far below it as it belongs.
    private mutating func sink(_ entry: Entry, from place: Int) {
        var parent = place
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(entry) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = entry
    }

    private mutating func dropCancelled() {
        heap.removeAll { slots[$0.slot].number != $0.number }
        cancelledCount = 0
        for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(heap[place], from: place) }
    }
}
