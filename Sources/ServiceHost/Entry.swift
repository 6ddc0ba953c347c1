public import ArgumentParser
internal import Foundation
public import Operations

/// What a program's `main` does: environment first, then the command line, then run.
public enum Entry {
    public static func run<Command: AsyncParsableCommand>(
        _ command: Command.Type, flags: [EnvironmentFlag], subcommands: [String] = []
    ) async {
        let arguments = EnvironmentArguments.expand(
            arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment,
            flags: flags, subcommands: subcommands)
        await command.main(arguments)
    }
}
