import Customers
import Messages
import Uniqueness

/// The kernel's functions, as a walk calls them. A planted bug replaces one.
struct Kernel: Sendable {
    var rule: @Sendable (KeyWish, Timestamp, KeyIndex.Holder, _ released: Int64) -> KeyIndex.Ruling = {
        KeyIndex.rule(on: $0, at: $1, holder: $2, released: $3)
    }
    /// The slips that a claim is sent out on.
    var slips: @Sendable (KeyClaim) -> [KeyClaim] = { [$0] }
    /// Where a slip is sent on to; nil where the verdict is due.
    var next: @Sendable (KeyClaim) -> KeyClaim? = { $0.next }
    var react: @Sendable (Process.Signal, Process.State) -> [Process.Event] = { Process.react(to: $0, in: $1) }
}

/// A random walk: a few customers want a few values, over the kernel's functions and the customer's decider, with the log
/// between them. Each customer and each key is a partition of each topic. A reader takes the records of a partition in
/// their order, and again whenever the dice say so; which partition comes next, and which are slow, the dice decide.
struct Walk {
    /// Who takes records, and which.
    enum Reader: Hashable {
        case clients, processCommands
        case projection, index
        case managerEvents, managerVerdicts, managerRequests, managerOutcomes
    }
    enum Record {
        case asked(CustomerCommand, number: Int)
        case command(Message<ProcessCommand>)
        case event(CustomerEvent)
        case wish(KeyWish, id: String, time: Timestamp)
        case verdict(KeyVerdict)
        case request(Process.Wish, process: String)
        case refusal(RejectionCode, process: String)
    }
    struct Place: Hashable {
        var reader: Reader
        /// The partition: a customer, or a key.
        var partition: String
    }
    struct Lane {
        var place: Place
        var records: [Record] = []
        /// How many were taken.
        var position = 0
        /// It is passed over all but one in so many times.
        var slowness: Int
    }
    /// Keys that somebody asked for: by an event, or by a reservation.
    struct Attempt {
        var claim: KeyClaim
        /// How many slips are on their way.
        var open: Int
        var loss: Loss?
        /// The attempt that had the key.
        var lostTo: String?
        var isOver = false
    }
    /// What has happened in a walk: a check that meets nothing proves nothing.
    struct Events: Hashable {
        var wins = 0, losses = 0, changes = 0, voidClaims = 0, overtakenReleases = 0, halfFailedReservations = 0
        var rests = 0, longestChain = 0, repeats = 0
    }

    let declaration: Declaration
    let customers: [String]
    let valuesOfEach: [String]
    let kernel: Kernel
    var dice: Dice
    var now = Timestamp(microseconds: 1_700_000_000_000_000)
    var lanes: [Lane] = []
    var places: [Place: Int] = [:]
    /// What was sent, and comes at a later step.
    var late: [(record: Record, place: Place, due: Int)] = []
    var steps = 0
    var actionsLeft: Int
    /// A client asks for something one in so many times.
    let pace: Int
    var repeatsLeft = 60
    var deadlinesLeft = 6
    var number = 0

    // The command service.
    var streams: [String: Customer.State] = [:]
    /// The outcome of each command that was decided; nil for one that was accepted.
    var outcomes: [String: RejectionCode?] = [:]
    // The projection.
    var versions: [String: Int64] = [:]
    /// What each customer gave up last.
    var former: [String: [String: String]] = [:]
    var holders: [UniqueKey: KeyIndex.Holder] = [:]
    var released: [UniqueKey: [String: Int64]] = [:]
    var seen: Set<String> = []
    var attempts: [String: Attempt] = [:]
    // The process manager.
    var followed: [String: (version: Int64, since: Int64)] = [:]
    var processes: [String: Process.State] = [:]

    var violations: [Violation] = []
    var events = Events()

    init(seed: Int, _ kernel: Kernel = Kernel()) {
        var dice = Dice(seed: seed)
        let reuse: [ReuseRule] = [.immediately, .immediately, .after(.seconds(40)), .after(.seconds(400)), .never]
        declaration = Declaration(
            attributes: (0..<(2 + dice.below(2))).map { place in
                UniqueAttribute(
                    name: ["document", "email", "plate"][place],
                    reuse: dice.isOneOf(3) ? reuse[dice.below(reuse.count)] : .immediately, isRequired: place == 0)
            })
        customers = (0..<(1 + dice.below(4))).map { "c-\($0)" }
        valuesOfEach = (0..<(2 + dice.below(3))).map { "v\($0)" }
        actionsLeft = 10 + dice.below(30)
        pace = [3, 20, 100][dice.below(3)]
        self.kernel = kernel
        self.dice = dice
    }

    /// Walks until nothing is left to do, and judges what is left.
    mutating func run() {
        while step() {}
        violations += judgeAtRest()
    }

    /// - Returns: false once nothing is left to do.
    private mutating func step() -> Bool {
        now = now.advanced(by: .seconds(1))
        steps += 1
        while let index = late.firstIndex(where: { $0.due <= steps }) {
            let (record, place, _) = late.remove(at: index)
            append(record, place)
        }
        if actionsLeft > 0, dice.isOneOf(pace) {
            actionsLeft -= 1
            act()
            return true
        }
        if deadlinesLeft > 0, dice.isOneOf(60), let process = processes.keys.sorted().randomElement(by: &dice) {
            deadlinesLeft -= 1
            signal(process, Self.customer(of: process), .deadline)
            return true
        }
        if repeatsLeft > 0, dice.isOneOf(5),
            let lane = lanes.indices.filter({ lanes[$0].position > 0 }).randomElement(by: &dice)
        {
            repeatsLeft -= 1
            events.repeats += 1
            take(lanes[lane].records[dice.below(lanes[lane].position)], lanes[lane].place)
            return true
        }
        let due = lanes.indices.filter { lanes[$0].position < lanes[$0].records.count }
        guard let lane = due.randomElement(by: &dice) else { return actionsLeft > 0 || !late.isEmpty }
        if !dice.isOneOf(lanes[lane].slowness) { return true }
        lanes[lane].position += 1
        take(lanes[lane].records[lanes[lane].position - 1], lanes[lane].place)
        return true
    }

    // MARK: Clients

    private enum Action { case register, reserve, change, unregister }

    private mutating func act() {
        number += 1
        let customer = customers[dice.below(customers.count)]
        let sensible: [Action] =
            switch streams[customer] ?? .unknown {
            case .unknown, .unregistered: [.register, .register, .register, .reserve, .reserve, .reserve, .change]
            case .pending: [.unregister, .unregister, .change, .register, .reserve]
            case .confirmed, .changing:
                [.change, .change, .change, .change, .change, .change, .change, .change, .unregister, .reserve]
            }
        switch sensible[dice.below(sensible.count)] {
        case .register: push(.asked(.register(drawnValues(), name: nil), number: number), .clients, customer)
        case .reserve:
            let wish = Process.Wish(values: drawnValues(), name: nil)
            push(.request(wish, process: "K\(number):\(customer)"), .managerRequests, customer)
        case .change: push(.asked(.change(drawnChanges(of: customer)), number: number), .clients, customer)
        case .unregister: push(.asked(.unregister, number: number), .clients, customer)
        }
    }

    private mutating func drawnValues() -> UniqueValues {
        var keys: [UniqueKey] = []
        for attribute in declaration.attributes where attribute.isRequired || !dice.isOneOf(4) {
            keys.append(UniqueKey(attribute: attribute.name, value: valuesOfEach[dice.below(valuesOfEach.count)]))
        }
        return UniqueValues(keys)
    }

    private mutating func drawnChanges(of customer: String) -> ValueChanges {
        var changes: [ValueChanges.Change] = []
        for attribute in declaration.attributes where !dice.isOneOf(3) {
            let isNull = !attribute.isRequired && dice.isOneOf(4)
            var value = valuesOfEach[dice.below(valuesOfEach.count)]
            // Back to what it has just given up.
            if let former = former[customer]?[attribute.name], dice.isOneOf(2) { value = former }
            changes.append(.init(attribute: attribute.name, value: isNull ? nil : value))
        }
        return ValueChanges(changes)
    }

    // MARK: The log

    mutating func push(_ record: Record, _ reader: Reader, _ partition: String) {
        let place = Place(reader: reader, partition: partition)
        if places[place] == nil {
            places[place] = lanes.count
            lanes.append(Lane(place: place, slowness: [1, 1, 3, 12][dice.below(4)]))
        }
        // A writer may be late: what one customer wants of a key, and gives back, comes in any order.
        if reader == .index, dice.isOneOf(6) {
            late.append((record, place, steps + dice.below(600)))
        } else {
            append(record, place)
        }
    }

    private mutating func append(_ record: Record, _ place: Place) {
        if let index = places[place] { lanes[index].records.append(record) }
    }

    private mutating func take(_ record: Record, _ place: Place) {
        switch (record, place.reader) {
        case (.asked(let command, let number), _): decide(command, of: place.partition, "client/\(number)")
        case (.command(let message), _): decide(message, of: place.partition)
        case (.event(let event), .projection): project(event)
        case (.event(let event), _): follow(event)
        case (.wish(let wish, let id, let time), _): rule(on: wish, id, at: time)
        case (.verdict(let verdict), _): hear(verdict)
        case (.request(let wish, let process), _): signal(process, place.partition, .requested(wish))
        case (.refusal(let code, let process), _): signal(process, place.partition, .refused(code))
        }
    }
}

extension Array {
    fileprivate func randomElement(by dice: inout Dice) -> Element? { isEmpty ? nil : self[dice.below(count)] }
}
