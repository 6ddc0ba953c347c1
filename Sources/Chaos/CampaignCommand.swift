import ArgumentParser
import ChaosPlanning
import Foundation
import TestProcesses

struct CampaignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Runs the whole system under load while everything goes wrong, then audits it.",
        discussion: """
            A seed makes the whole schedule: load, kills, freezes, broken brokers. At the end all is healed, the load \
            settles, and `soleholder audit` has the last word. Exits 0 if all guarantees hold, 1 if something was \
            found, 64 for wrong use.
            """)

    @Option(help: ArgumentHelp("The same seed makes the same schedule. (default: drawn)", valueName: "number"))
    var seed: Int?

    @Option(help: ArgumentHelp("How long faults happen.", valueName: "minutes"))
    var minutes = 2.0

    @Option(help: ArgumentHelp("exactly-once or at-least-once.", valueName: "guarantee"))
    var deliveryGuarantee = Guarantee.exactlyOnce

    @Option(
        help: ArgumentHelp(
            "A broker that stands elsewhere, which is then not broken. (default: a dev-broker of our own)",
            valueName: "servers"))
    var bootstrapServers: String?

    @Option(
        help: ArgumentHelp(
            """
            The kinds of faults that may happen, separated by commas. (default: all but partitions-added and \
            topic-recreated, which a campaign ends with)
            """,
            discussion: FaultKind.allCases.map(\.rawValue).joined(separator: ", "), valueName: "kinds"))
    var kinds: String?

    @Option(
        help: ArgumentHelp(
            "The services that are killed, frozen and stopped, separated by commas; all run. (default: all)",
            discussion: ServiceName.allCases.map(\.rawValue).joined(separator: ", "), valueName: "services"))
    var services: String?

    @Option(help: ArgumentHelp("Instances of each service.", valueName: "count"))
    var instances = 2

    @Option(help: ArgumentHelp("Nodes of our own dev-broker.", valueName: "count"))
    var nodes = 1

    @Option(help: ArgumentHelp("Registrations a second, on average.", valueName: "per-second"))
    var rate = 150

    @Option(help: ArgumentHelp("Gets a folder for each seed, with logs and state.", valueName: "directory"))
    var output = "chaos-output"

    @Flag(help: "Print the schedule and do nothing.")
    var dryRun = false

    func validate() throws {
        guard minutes > 0, minutes <= 1_440 else { throw ValidationError("--minutes must be above 0, at most 1440") }
        guard (1...9).contains(nodes) else { throw ValidationError("--nodes must be 1 to 9") }
        guard (1...9).contains(instances) else { throw ValidationError("--instances must be 1 to 9") }
        guard (1...100_000).contains(rate) else { throw ValidationError("--rate must be 1 to 100000") }
        if let seed, seed < 0 { throw ValidationError("--seed must be 0 or more") }
        _ = try chosenKinds()
        _ = try chosenServices()
    }

    private func chosenServices() throws -> [ServiceName] {
        guard let services else { return ServiceName.allCases }
        let chosen = try services.split(separator: ",").map { word in
            guard let service = ServiceName(rawValue: String(word)) else {
                throw ValidationError("--services: there is no service '\(word)'")
            }
            return service
        }
        return ServiceName.allCases.filter { chosen.contains($0) }
    }

    private func chosenKinds() throws -> [FaultKind]? {
        try kinds?.split(separator: ",").map { word in
            guard let kind = FaultKind(rawValue: String(word)) else {
                throw ValidationError("--kinds: there is no kind '\(word)'")
            }
            return kind
        }
    }

    func run() throws {
        let campaign = Campaign(
            seed: seed ?? Int.random(in: 1..<1_000_000_000), milliseconds: Int(minutes * 60_000),
            guarantee: deliveryGuarantee, instances: instances, kinds: try chosenKinds(), rate: rate,
            ownsBroker: bootstrapServers == nil, services: try chosenServices(), nodes: nodes)
        let schedule = campaign.schedule()
        say(
            """
            seed \(campaign.seed), \(minutes) minutes, \(deliveryGuarantee.rawValue), \(instances) instances of each \
            service, \(rate) registrations/s, \(bootstrapServers ?? "dev-broker"), \
            kinds \(kinds ?? "all"), services \(services ?? "all"); schedule \(schedule.fingerprint)
            """)
        if dryRun {
            for step in schedule.steps { say("\(step)") }
            return
        }
        Interruption.watch()
        let folder = URL(fileURLWithPath: output, isDirectory: true).appendingPathComponent(String(campaign.seed))
        let run = try ChaosRun(
            campaign: campaign, schedule: schedule, folder: folder, bootstrapServers: bootstrapServers,
            isInterrupted: { Interruption.hasCome })
        let isClean = run.execute()
        if !isClean { throw ExitCode(1) }
    }
}
