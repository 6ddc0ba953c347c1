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
            let declaration = try DeclarationReading.require(reader, names: names).declaration
            return try execute(kafka, names, declaration, reader)
        } catch let error as LogError {
            logger.error("\(error)")
            return error.code == .configuration ? .wrongUse : .unavailable
        }
    }

    private func execute(
        _ kafka: KafkaConfiguration, _ names: DeploymentNames, _ declaration: Declaration, _ reader: KafkaLogReader
    ) throws -> LoadEnd {
        let plan: any RegistrationPlan
        let schedule: SendSchedule
        do {
            plan = try makePlan(declaration.attributes)
            schedule = try SendSchedule(
                commands: plan.count, resendRatio: options.resendRatio, seed: plan.seed)
        } catch let error as PlanError {
            throw WrongUse(description: "\(error)")
        } catch let error as CustomerFileError {
            throw WrongUse(description: error.description)
        }
        tell(
            "seed \(plan.seed): \(plan.count) registrations, \(plan.expectations.distinctDocuments) distinct values of `\(declaration.first.name)`"
        )
        try tellUnusable(plan.unusableRows)
        guard plan.count > 0 else { throw WrongUse(description: "there is nothing to register") }
        return try drive(plan, schedule, kafka, names, declaration, reader)
    }

    /// How many unusable rows are told one by one.
    private static let toldRows = 20

    private func tellUnusable(_ rows: [UnusableRow]) throws {
        for row in rows.prefix(Self.toldRows) { tell("unusable row, \(row)") }
        if rows.count > Self.toldRows {
            tell("\(rows.count - Self.toldRows) more rows are unusable:")
            let reasons = Dictionary(grouping: rows.dropFirst(Self.toldRows), by: \.reason).mapValues(\.count)
            for (reason, count) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(Self.toldRows)
            {
                tell("  \(count) times: \(reason)")
            }
        }
        guard isOverBudget(rows) else { return }
        let sum = "\(rows.count) rows are unusable, and --max-unusable is \(options.maxUnusable)"
        if options.strict { throw WrongUse(description: "nothing was sent: --strict, \(sum)") }
        tell("\(sum): the others are sent, and it will end with 1")
    }

    private func isOverBudget(_ rows: [UnusableRow]) -> Bool { rows.count > options.maxUnusable }

    /// A file that can't be used is told before the broker is asked for anything, which may take as long as it is away.
    /// What is declared is not known by then, but columns that were named must be there.
    private func checkInput() throws {
        do {
            let named = options.column.map { UniqueAttribute(name: $0.attribute, normalize: .none) }
            guard var file = try options.input.map({ try customerFile($0, named) }) else { return }
            if try file.next() == nil { throw WrongUse(description: "there is nothing to register") }
        } catch let error as CustomerFileError {
            throw WrongUse(description: error.description)
        }
    }

    private func customerFile(
        _ path: String, _ attributes: [UniqueAttribute]
    ) throws(CustomerFileError) -> CustomerFile {
        let standard = ColumnNames.contract
        return try CustomerFile(
            path: path, encoding: options.encoding, separator: options.separator,
            columns: ColumnNames(
                attributes: Dictionary(
                    options.column.map { ($0.attribute, $0.column) }, uniquingKeysWith: { _, last in last }),
                customerID: options.customerIDColumn ?? standard.customerID,
                name: options.nameColumn ?? standard.name),
            attributes: attributes)
    }

    private func makePlan(_ attributes: [UniqueAttribute]) throws -> any RegistrationPlan {
        // Below 2^53, so that a JSON reader keeps it.
        let seed = options.seed ?? UInt64.random(in: 1..<(1 << 53))
        func planned(_ plan: some RegistrationPlan) -> StrategyPlan {
            StrategyPlan(plan, strategy: options.strategy)
        }
        guard let input = options.input else {
            let plan = try GeneratedPlan(
                commands: options.commands ?? 20_000, duplicateRatio: options.duplicateRatio, seed: seed,
                attributes: attributes)
            return planned(plan)
        }
        for name in options.column.map(\.attribute) where !attributes.contains(where: { $0.name == name }) {
            throw WrongUse(description: "--column: there is no attribute '\(name)' in the deployment's declaration")
        }
        var file = try customerFile(input, attributes)
        let separator = file.separator.map { ", separated by \($0.name)" } ?? ""
        tell("\(input): \(file.format.rawValue)\(separator), \(file.encoding.rawValue)")
        let plan = try FilePlan(reading: &file, seed: seed)
        let findings = plan.review(attributes)
        for finding in findings { tell("suspicious values, \(finding)") }
        if options.strict, !findings.isEmpty {
            throw WrongUse(
                description:
                    "nothing was sent: --strict, and \(input) has suspicious values. Mend the file, or leave out --strict."
            )
        }
        let given = plan.givenCustomerIDCount
        switch options.strategy {
        case .compensate, .reserve: break
        case .derived where given > 0:
            tell("the customer ids of \(given) rows are not used: with --strategy derived the first value makes the id")
        case .mixed where given > 0:
            tell(
                "the customer ids of rows that go through the strategy derived are not used: the first value makes the id"
            )
        case .derived, .mixed: break
        }
        return planned(plan)
    }

    private func drive(
        _ plan: any RegistrationPlan, _ schedule: SendSchedule, _ kafka: KafkaConfiguration, _ names: DeploymentNames,
        _ declaration: Declaration, _ reader: KafkaLogReader
    ) throws -> LoadEnd {
        let watcher = try Watcher(reader, names: names, partitionCount: declaration.partitions)
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
        if tracker.isSettled { return isOverBudget(tracker.plan.unusableRows) ? .unsettled : .settled }
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
