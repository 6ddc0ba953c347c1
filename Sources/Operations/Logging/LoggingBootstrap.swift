public import ArgumentParser
import Foundation
public import Logging
import Synchronization

/// The values of `--log-level`.
public enum LogLevel: String, CaseIterable, Sendable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical

    public var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

/// The values of `--log-format`.
public enum LogFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
    case text, json
}

/// Sets up logging for the process: to stderr, one line for each event.
public enum LoggingBootstrap {
    private static let isStarted = Atomic<Bool>(false)

    /// Called once, before anything logs; when repeated, the first setting stays.
    /// - Parameter service: the program's name, in every line of the JSON format.
    /// - Returns: the program's own logger.
    @discardableResult
    public static func start(level: LogLevel, format: LogFormat, service: String) -> Logger {
        if !isStarted.exchange(true, ordering: .relaxed) {
            LoggingSystem.bootstrap { label in
                LineLogHandler(
                    label: label, service: service, format: format, level: level.level, output: writeToStandardError)
            }
        }
        return Logger(label: service)
    }

    /// One write for each line, so that lines of several threads don't mix. A failure is nobody's to hear of.
    @Sendable private static func writeToStandardError(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}
