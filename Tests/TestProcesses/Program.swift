package import Foundation

/// The programs under test, and the foreign ones that tests run.
package enum Program {
    /// Where the product's binaries lie: beside the test bundle, unless `SOLEHOLDER_BINARIES` names another place.
    package static let binaries: URL = {
        if let path = ProcessInfo.processInfo.environment["SOLEHOLDER_BINARIES"] {
            return URL(fileURLWithPath: path, isDirectory: true)
        }
        return Bundle.main.bundleURL
    }()

    package static func product(_ name: String) -> URL { binaries.appendingPathComponent(name) }

    /// A foreign program on the search path; nil when it is not installed.
    package static func installed(_ name: String) -> URL? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").lazy
            .map { URL(fileURLWithPath: String($0), isDirectory: true).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Python with confluent-kafka, as `deploy/install.sh test` makes it; nil when it was not run.
    package static let python: URL? = {
        var folder = binaries
        while folder.path != "/" {
            let python = folder.appendingPathComponent("python/bin/python")
            if folder.lastPathComponent == ".build", FileManager.default.isExecutableFile(atPath: python.path) {
                return python
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    /// In continuous integration nothing may be skipped.
    package static let isComplete = ProcessInfo.processInfo.environment["CI"] != nil
}

/// How a program that runs to its end came out.
package struct Run: Sendable, CustomStringConvertible {
    package var name: String
    package var end: Child.End
    package var output: String
    package var errors: String

    package var description: String { "\(name) ended with \(end)\n\(output)\n\(errors)" }

    /// Runs a program to its end.
    /// - Throws: when it takes longer than `time`.
    package static func of(
        _ executable: URL, _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        within time: Duration = .seconds(120), in folder: URL
    ) throws -> Run {
        let name = executable.lastPathComponent
        let mark = Unique.text(name)
        let log = folder.appendingPathComponent(mark + ".stderr")
        let output = folder.appendingPathComponent(mark + ".stdout")
        var inputFile: URL?
        if let input {
            let file = folder.appendingPathComponent(mark + ".stdin")
            try Data(input.utf8).write(to: file)
            inputFile = file
        }
        let child = try Child(
            name, executable: executable, arguments: arguments, environment: environment, log: log, output: output,
            input: inputFile)
        guard let end = child.end(within: time) else {
            child.kill()
            throw Failure("\(name) \(arguments.joined(separator: " ")) did not end within \(time):\n\(child.logText)")
        }
        return Run(
            name: name, end: end, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: child.logText)
    }
}

/// What a test could not go on after.
package struct Failure: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
