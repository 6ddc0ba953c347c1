public import ArgumentParser
public import ChaosPlanning
import Glibc
import Synchronization

@main
struct ChaosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Breaks the whole system: at random, or one thing at a time, with bounds.",
        subcommands: [CampaignCommand.self, ScenarioCommand.self], defaultSubcommand: CampaignCommand.self)
}

/// SIGINT or SIGTERM: everything that was started is ended then.
enum Interruption {
    private static let interrupted = Atomic<Bool>(false)

    static var hasCome: Bool { interrupted.load(ordering: .relaxed) }

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { _ in Interruption.interrupted.store(true, ordering: .relaxed) }
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

extension Guarantee: ExpressibleByArgument {}
extension ServiceName: ExpressibleByArgument {}
extension Scenario: ExpressibleByArgument {}
