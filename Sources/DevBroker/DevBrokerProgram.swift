import ArgumentParser
import BrokerHost
import Foundation
import Operations

@main
struct DevBrokerProgram {
    static func main() async {
        let flags = [
            "listen", "data-directory", "partitions", "declaration", "topic-prefix", "bootstrap-file", "sync",
            "control-address", "control-file", "nodes", "node-session-timeout", "marker-delay", "coordinator-load-time",
            "transaction-scan-interval", "log-level", "log-format",
        ]
        let toggles = ["in-memory", "auto-create-topics"]
        let arguments = EnvironmentArguments.expand(
            arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment,
            flags: flags.map { EnvironmentFlag($0) } + toggles.map { EnvironmentFlag($0, .toggle) })
        await DevBrokerCommand.main(arguments)
    }
}
