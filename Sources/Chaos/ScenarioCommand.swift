import ArgumentParser
import ChaosPlanning
import Foundation
import Printing

struct ScenarioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario",
        abstract: "Has one thing happen under load, and measures from outside how long work stood still.",
        discussion: """
            Two instances of each service with default settings, on a dev-broker of our own. Exits 0 if every bound is \
            met, no service ended, and the audit is clean; 1 if not; 64 for wrong use.
            """)

    @Argument(
        help: ArgumentHelp(
            "What happens: " + Scenario.allCases.map(\.rawValue).joined(separator: ", ")
                + ". (default: all that need three nodes)", valueName: "scenario"))
    var scenarios: [Scenario] = Scenario.allCases.filter { $0.nodes > 1 }

    @Option(help: ArgumentHelp("exactly-once or at-least-once. (default: one after the other)", valueName: "guarantee"))
    var deliveryGuarantee: Guarantee?

    @Option(help: ArgumentHelp("Registrations a second. (default: the scenario's)", valueName: "per-second"))
    var rate: Int?

    @Option(
        help: ArgumentHelp("Registrations in the log before it begins. (default: the scenario's)", valueName: "count"))
    var registrations: Int?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Of which services a third instance joins. (default: all)", valueName: "services"))
    var services: [ServiceName] = ServiceName.allCases

    @Option(help: ArgumentHelp("How long a killed node is believed to be alive.", valueName: "milliseconds"))
    var nodeSession = 9_000

    @Option(help: ArgumentHelp("Gets a folder for each run, with logs and state.", valueName: "directory"))
    var output = "scenario-output"

    func validate() throws {
        if let rate, !(1...100_000).contains(rate) { throw ValidationError("--rate must be 1 to 100000") }
        if let registrations, registrations < 0 { throw ValidationError("--registrations must be 0 or more") }
    }

    func run() throws {
        Interruption.watch()
        var rows: [[String]] = []
        var findings: [String] = []
        for scenario in scenarios {
            for guarantee in deliveryGuarantee.map({ [$0] }) ?? Guarantee.allCases {
                if Interruption.hasCome { throw ExitCode(1) }
                let name = "\(scenario.rawValue), \(guarantee.rawValue)"
                let run = try ScenarioRun(
                    ScenarioRun.Options(
                        scenario: scenario, guarantee: guarantee, rate: rate ?? scenario.rate,
                        registrationsBefore: registrations ?? scenario.registrationsBefore, services: services,
                        nodeSessionMilliseconds: nodeSession),
                    folder: URL(fileURLWithPath: output, isDirectory: true)
                        .appendingPathComponent("\(scenario.rawValue)-\(guarantee.rawValue)"),
                    isInterrupted: { Interruption.hasCome })
                let measures = run.execute()
                rows += measures.map { [name] + $0.row }
                for measure in measures { say(([name] + measure.row).joined(separator: ": ")) }
                findings += run.findings.map { "\(name): \($0)" }
                if measures.contains(where: { !$0.isMet }) { findings.append("\(name): a bound was missed") }
            }
        }
        say("")
        for line in TextTable(titles: ["scenario", "what", "measured", "bound", ""], rows: rows).lines { say(line) }
        for finding in findings { say("FOUND: \(finding)") }
        if !findings.isEmpty { throw ExitCode(1) }
    }
}
