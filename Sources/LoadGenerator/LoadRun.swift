import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Logging
import Messages
import Operations
import Processing

/// One run: sends by the plan, watches what comes of it, and reports. All on one thread.
struct LoadRun {
    let options: LoadGeneratorCommand
    let logger: Logger

    func execute() throws -> LoadEnd {
        let kafka = KafkaConfiguration(
            bootstrapServers: "", properties: try options.shared.kafkaProperties().dictionary,
            clientID: "load-generator", log: { [logger] line in logger.debug("kafka: \(line.message)") })
        let names = DeploymentNames(prefix: options.shared.topicPrefix)
        do {
            try kafka.validate()
            try checkInput()
            let reader = try KafkaLogReader(configuration: kafka)
            defer { reader.close() }
            let rules = try DeclarationReading.require(
                reader, names: names, normalization: options.documentNormalization)
            return try execute(kafka, names, rules, reader)
        } catch let error as LogError {
            logger.error("\(error)")
            return error.code == .configuration ? .wrongUse : .unavailable
        }
    }

    private func execute(
        _ kafka: KafkaConfiguration, _ names: DeploymentNames, _ rules: DeploymentRules, _ reader: KafkaLogReader
    ) throws -> LoadEnd {
        let plan: any RegistrationPlan
        let schedule: SendSchedule
        do {
            plan = try makePlan(rules.normalization)
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
        return try drive(plan, schedule, kafka, names, rules, reader)
    }

    /// A file that can't be used is told before the broker is asked for anything, which may take as long as it is away.
    private func checkInput() throws {
        do {
            guard var file = try options.input.map({ try customerFile($0) { $0 } }) else { return }
            if try file.next() == nil { throw WrongUse(description: "there is nothing to register") }
        } catch let error as CustomerFileError {
            throw WrongUse(description: error.description)
        }
    }

    private func customerFile(
        _ path: String, normalize: @escaping (String) -> String?
    ) throws(CustomerFileError) -> CustomerFile {
        let standard = ColumnNames.contract
        return try CustomerFile(
            path: path,
            columns: ColumnNames(
                document: options.documentColumn ?? standard.document,
                customerID: options.customerIDColumn ?? standard.customerID,
                name: options.nameColumn ?? standard.name),
            normalize: normalize)
    }

    private func makePlan(_ normalization: DocumentNormalization) throws -> any RegistrationPlan {
        // Below 2^53, so that a JSON reader keeps it.
        let seed = options.seed ?? UInt64.random(in: 1..<(1 << 53))
        func answered(_ plan: some RegistrationPlan) -> AnsweredPlan {
            AnsweredPlan(plan, strategy: options.strategy) { NameID.customer(ofDocument: $0).description }
        }
        guard let input = options.input else {
            let plan = try GeneratedPlan(
                commands: options.commands ?? 20_000, duplicateRatio: options.duplicateRatio, seed: seed,
                variety: normalization == .alphanumeric ? .varied : .uniform)
            return answered(plan)
        }
        var file = try customerFile(input) { normalization.normalize($0) }
        let plan = try FilePlan(reading: &file, seed: seed)
        let given = plan.givenCustomerIDCount
        switch options.strategy {
        case .compensate, .reserve: break
        case .derived where given > 0:
            tell("the customer ids of \(given) rows are not used: with --strategy derived the document makes the id")
        case .mixed where given > 0:
            tell("the customer ids of rows whose documents go the derived way are not used: the document makes the id")
        case .derived, .mixed: break
        }
        return answered(plan)
    }

    private func drive(
        _ plan: any RegistrationPlan, _ schedule: SendSchedule, _ kafka: KafkaConfiguration, _ names: DeploymentNames,
        _ rules: DeploymentRules, _ reader: KafkaLogReader
    ) throws -> LoadEnd {
        let watcher = try Watcher(reader, names: names, partitionCount: rules.partitions)
        let meter = try CostMeter(
            kafka: kafka, names: names, partitionCount: watcher.partitionCount, options: options)
        let sender = try Sender(kafka: kafka, names: names, partitionCount: watcher.partitionCount)
        var drive = Drive(plan, schedule, options: options, watcher: watcher, sender: sender, logger: logger)
        defer { drive.close() }
        try drive.run()
        let end = Clock.now()
        let facts = RunFacts(
            strategy: options.strategy, label: options.label, ratePerSecond: options.rate,
            resendRatio: options.resendRatio, notWritten: drive.resends.failedCount,
            sentAgain: drive.resends.sentCount, cost: try meter?.finish())
        return try finish(Report(drive.tracker, facts, endedAt: end), drive.tracker)
    }

    private func finish(_ report: Report, _ tracker: Tracker) throws -> LoadEnd {
        print(report.text())
        if let path = options.report { try write(report.json() + "\n", to: path) }
        if let path = options.html { try write(report.html(), to: path) }
        if tracker.isSettled { return .settled }
        for index in tracker.unsettled(limit: 20) {
            tell("not settled: customer \(tracker.plan.registration(at: index).customerID)")
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
