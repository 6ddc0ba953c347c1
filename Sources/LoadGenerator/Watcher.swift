import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages

/// Reads what becomes of the commands, from where the topics end when the run begins.
struct Watcher {
    let partitionCount: Int32
    private let reader: KafkaLogReader
    private let names: DeploymentNames

    init(_ reader: KafkaLogReader, names: DeploymentNames, partitionCount count: Int32) throws(LogError) {
        self.names = names
        self.reader = reader
        let topics: [Topic] = [
            .commandOutcomes, .customerEvents, .registrationEvents, .customerCommandsDeadLetter,
            .registrationRequestsDeadLetter,
        ]
        partitionCount = count
        let places = topics.flatMap { topic in
            (0..<count).map { TopicPartition(topic: names.name(topic), partition: $0) }
        }
        // The ends as they are now, and not "latest": what is written before the reader is there would be missed.
        let marks = try reader.watermarks(places)
        try reader.assign(marks.mapValues { .offset($0.high) })
    }

    func close() { reader.close() }

    /// - Returns: whether anything came.
    func watch(_ tracker: inout Tracker, timeout: Duration) throws(LogError) -> Bool {
        let records = try reader.poll(maxRecords: 20_000, timeout: timeout)
        guard !records.isEmpty else { return false }
        let now = Clock.now()
        for record in records {
            switch names.topic(record.topic) {
            case .commandOutcomes:
                guard let outcome = try? Message<Outcome>(decoding: record.value), !outcome.body.isDuplicate else {
                    continue
                }
                switch outcome.body.result {
                case .accepted: tracker.outcome(ofCommand: outcome.body.commandID, .accepted, at: now)
                case .rejected(let code, _):
                    tracker.outcome(ofCommand: outcome.body.commandID, .rejected(code: code.rawValue), at: now)
                }
            case .customerEvents: watchEvent(record, &tracker, now)
            case .registrationEvents: watchProcess(record, &tracker, now)
            case .customerCommandsDeadLetter, .registrationRequestsDeadLetter:
                let envelope = record.value.flatMap { try? JSONObject($0) }
                tracker.deadLettered(
                    command: envelope?.text("id"), customer: CustomerID.read(record.key), at: now)
            default: continue
            }
        }
        return true
    }

    private func watchEvent(_ record: LogRecord, _ tracker: inout Tracker, _ now: Int64) {
        guard let message = try? Message<CustomerEvent>(decoding: record.value) else { return }
        let event = message.body
        let time = message.metadata.time.microseconds
        switch event.kind {
        case .registered(_, let status, _):
            tracker.registered(customer: event.customerID, values: event.values, eventTime: time)
            if status == .confirmed { tracker.confirmed(customer: event.customerID, at: now) }
        case .confirmed: tracker.confirmed(customer: event.customerID, at: now)
        case .unregistered(let reason, let loss, _, _):
            tracker.unregistered(
                customer: event.customerID, reason: reason.rawValue, heldBy: loss?.heldBy, at: now, eventTime: time)
        case .changeStarted, .changed, .changeRejected: break
        }
    }
}

extension Watcher {
    /// The end of a request's process is its outcome.
    private func watchProcess(_ record: LogRecord, _ tracker: inout Tracker, _ now: Int64) {
        guard let message = try? Message<RegistrationEvent>(decoding: record.value) else { return }
        let outcome: Tracker.Outcome
        switch message.body.kind {
        case .completed: outcome = .accepted
        case .rejected(let code, _): outcome = .rejected(code: code)
        case .started, .commandIssued, .compensated, .escalated: return
        }
        // What a request began carries its id; its process is named by K.
        let plan = tracker.plan
        guard let index = plan.index(ofCommand: message.metadata.correlationID), plan.isRequest(at: index),
            message.body.process.isExactly(Sender.process(of: plan.registration(at: index)))
        else { return }
        tracker.outcome(ofCommand: message.metadata.correlationID, outcome, at: now)
    }
}

/// The progress bar on a terminal; silent elsewhere.
struct Bar {
    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private var shownAt: Int64 = 0

    mutating func show(_ tracker: Tracker, of total: Int, since start: Int64) {
        let now = Clock.now()
        guard isTerminal, now - shownAt > 100_000 else { return }
        shownAt = now
        let settled = tracker.settledCount
        let seconds = Double(now - start) / 1_000_000
        let rate = seconds > 0 ? Double(settled) / seconds : 0
        let line = ProgressBar.line(
            fraction: Double(settled) / Double(max(total, 1)), counts: ProgressBar.Counts(tracker), rate: rate,
            eta: rate > 0 ? Double(total - settled) / rate : nil, width: 100)
        FileHandle.standardError.write(Data(("\r" + line).utf8))
    }

    func finish() {
        if shownAt > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
    }
}
