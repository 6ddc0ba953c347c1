import ArgumentParser
import Foundation
import LoadGenerating
import Operations

/// Puts the reports of several runs side by side.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Puts the reports of several runs side by side: a table, and a page that opens without a network.",
        usage: "load-generator compare REPORT.json ... [--html FILE.html]",
        discussion: """
            Takes reports that load-generator wrote with --report. Runs of one strategy are columns of a table, in the \
            given order; of a mixed run its strategies are.
            """,
        version: VersionInfo.version)

    @Argument(help: ArgumentHelp("Reports to compare.", valueName: "report.json"))
    var reports: [String]

    @Option(help: ArgumentHelp("Gets the comparison as a page that opens without a network.", valueName: "file.html"))
    var html: String?

    @Option(help: ArgumentHelp("The page's heading.", valueName: "text"))
    var title = Comparison.usualTitle

    /// Runs it with the arguments behind its name.
    static func run(_ arguments: [String]) -> LoadEnd {
        do {
            try parse(arguments).compare()
            return .settled
        } catch {
            if exitCode(for: error) == .success { exit(withError: error) }
            FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
            return .wrongUse
        }
    }

    private func compare() throws {
        var runs: [ComparedRun] = []
        for path in reports {
            do { runs.append(try ComparedRun(json: try Data(contentsOf: URL(fileURLWithPath: path)))) } catch {
                throw WrongUse(description: "\(path) can't be compared: \(error)")
            }
        }
        let comparison = Comparison(runs)
        print(comparison.text(), terminator: "")
        guard let html else { return }
        do { try Data(comparison.html(title: title).utf8).write(to: URL(fileURLWithPath: html)) } catch {
            throw WrongUse(description: "can't write \(html): \(error)")
        }
    }
}
