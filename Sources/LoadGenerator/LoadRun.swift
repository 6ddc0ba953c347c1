import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Logging
import Messages
import Operations

/// One run: sends by the plan, watches what comes of it, and reports. All on one thread.
struct LoadRun {
    let options: LoadGeneratorCommand
    let logger: Logger

    func execute() throws -> LoadEnd {
        let plan: any RegistrationPlan
        let schedule: SendSchedule
        do {
            plan = try makePlan()
            schedule = try SendSchedule(
                commands: plan.count, resendRatio: options.resendRatio, seed: plan.seed)
        } catch let error as PlanError {
            throw WrongUse(description: "\(error)")
        } catch let error as CustomerFileError {
            throw WrongUse(description: error.description)
        }
        tell(
            "seed \(plan.seed): \(plan.count) registrations, \(plan.expectations.distinctDocuments) distinct documents")
        for row in plan.unusableRows { tell("unusable row, \(row)") }
        guard plan.count > 0 else { throw WrongUse(description: "there is nothing to register") }
        do { return try drive(plan, schedule) } catch let error as LogError {
            logger.error("\(error)")
            return error.code == .configuration ? .wrongUse : .unavailable
        }
    }

    private func makePlan() throws -> any RegistrationPlan {
        // Below 2^53, so that a JSON reader keeps it.
        let seed = options.seed ?? UInt64.random(in: 1..<(1 << 53))
        guard let input = options.input else {
            return try GeneratedPlan(
                commands: options.commands ?? 20_000, duplicateRatio: options.duplicateRatio, seed: seed,
                variety: options.documentNormalization == .alphanumeric ? .varied : .uniform)
        }
        let standard = ColumnNames.contract
        let normalization = options.documentNormalization
        var file = try CustomerFile(
            path: input,
            columns: ColumnNames(
                document: options.documentColumn ?? standard.document,
                customerID: options.customerIDColumn ?? standard.customerID,
                name: options.nameColumn ?? standard.name),
            normalize: { normalization.normalize($0) })
        return try FilePlan(reading: &file, seed: seed)
    }

    private func drive(_ plan: any RegistrationPlan, _ schedule: SendSchedule) throws -> LoadEnd {
        let kafka = KafkaConfiguration(
            bootstrapServers: "", properties: try options.shared.kafkaProperties().dictionary,
            clientID: "load-generator", log: { [logger] line in logger.debug("kafka: \(line.message)") })
        try kafka.validate()
        let names = DeploymentNames(prefix: options.shared.topicPrefix)
        let watcher = try Watcher(kafka: kafka, names: names)
        defer { watcher.close() }
        let producer = try KafkaProducer(configuration: kafka)
        defer { producer.close() }
        let sender = Sender(producer: producer, names: names, partitionCount: watcher.partitionCount)

        var tracker = Tracker(plan: plan)
        let start = Clock.now()
        let pace = Pace(start: start, rate: options.rate)
        let deadline = start + Int64(min(options.timeout, 1e9) * 1_000_000)
        var sendings = schedule.makeIterator()
        var next = sendings.next()
        var sent = 0
        var bar = Bar()
        while !(next == nil && tracker.isSettled), Clock.now() < deadline {
            var turn = 0
            while let sending = next, turn < 2_000, tracker.inFlightCount < options.maxInFlight {
                let now = Clock.now()
                let intended = pace.intendedTime(ofSending: sent) ?? now
                if intended > now { break }
                try sender.send(plan.registration(at: sending.index), time: now)
                if !sending.isRepeat { tracker.sent(sending.index, intendedAt: intended, at: now) }
                sent += 1
                turn += 1
                next = sendings.next()
            }
            producer.serveReports()
            for failure in producer.takeFailures() { logger.error("a command was not written: \(failure)") }
            try watcher.watch(&tracker, timeout: turn == 2_000 ? .zero : .milliseconds(5))
            bar.show(tracker, of: plan.count, since: start)
        }
        bar.finish()
        return try finish(tracker, plan)
    }

    private func finish(_ tracker: Tracker, _ plan: any RegistrationPlan) throws -> LoadEnd {
        let report = Report(tracker, strategy: options.strategy.rawValue, endedAt: Clock.now())
        print(report.text())
        if let path = options.report { try write(report.json() + "\n", to: path) }
        if let path = options.html { try write(report.html(), to: path) }
        if tracker.isSettled { return .settled }
        for index in tracker.unsettled(limit: 20) {
            tell("not settled: customer \(plan.registration(at: index).customerID)")
        }
        tell("\(tracker.unsettledCount) registrations have not settled within \(options.timeout) s")
        return .unsettled
    }

    private func write(_ text: String, to path: String) throws {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) } catch {
            throw WrongUse(description: "can't write \(path): \(error)")
        }
    }

    private func tell(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// What the user has to mend before a run makes sense.
struct WrongUse: Error, CustomStringConvertible { let description: String }

enum Clock {
    /// Microseconds since 1970.
    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}

/// Writes commands as the contract has them.
struct Sender {
    let producer: KafkaProducer
    let names: DeploymentNames
    let partitionCount: Int32
    private static let headers = [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")]

    func send(_ registration: Registration, time: Int64) throws(LogError) {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", registration.commandID)
        writer.member("source", "/load-generator")
        writer.member("type", "RegisterCustomer")
        writer.member("subject", registration.customerID)
        writer.member("time", Timestamp(microseconds: time).description)
        writer.member("datacontenttype", "application/json")
        writer.beginObject("data")
        writer.member("document", registration.document)
        writer.member("name", registration.name)
        writer.endObject()
        writer.endObject()
        let key = Array(registration.customerID.utf8)
        try producer.send(
            OutgoingRecord(
                topic: names.name(.customerCommands), partition: Murmur2.partition(of: key, count: partitionCount),
                key: key, value: writer.bytes, headers: Self.headers))
    }
}
