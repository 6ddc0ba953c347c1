import Foundation
import Logging
import Synchronization
import Testing

@testable import Operations

struct LoggingTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func append(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private let lines = Lines()

    private func logger(_ format: LogFormat, level: Logger.Level = .info) -> Logger {
        Logger(label: "part") { [lines] label in
            LineLogHandler(
                label: label, service: "command-service", format: format, level: level, output: lines.append,
                now: { Date(timeIntervalSince1970: 1_700_000_000.25) })
        }
    }

    @Test func textIsOneSortedLine() {
        logger(.text).info("caught up", metadata: ["b": "2", "a": "with space", "c": ["x", "y"], "d": ""])
        #expect(lines.all == [#"2023-11-14T22:13:20.250Z INFO caught up a="with space" b=2 c="[\"x\", \"y\"]" d="""#])
    }

    @Test func aValueCannotForgeALineOrAnEntry() {
        logger(.text).info("a\nb", metadata: ["key": "1\n2023 ERROR x", "other": #"a" b=c\"#, "e": "\u{1B}[31m"])
        #expect(lines.all.count == 1)
        #expect(lines.all[0].contains("\n") == false)
        #expect(lines.all[0].contains("\u{1B}") == false)
        #expect(lines.all[0].hasSuffix(#"other="a\" b=c\\""#))
    }

    @Test func jsonIsOneObject() throws {
        let nasty = "q\" b\\ n\n t\t nul\u{0} esc\u{1B} é 🦊 \u{2028}"
        logger(.json).warning(
            "\(nasty)", metadata: ["k": "\(nasty)", "list": ["a", ["x": "y"]], "n": .stringConvertible(5)])
        let line = try #require(lines.all.first)
        #expect(!line.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == nasty)
        #expect(object["level"] as? String == "warning")
        #expect(object["service"] as? String == "command-service")
        #expect(object["logger"] as? String == "part")
        #expect(object["time"] as? String == "2023-11-14T22:13:20.250Z")
        let metadata = try #require(object["metadata"] as? [String: Any])
        #expect(metadata["k"] as? String == nasty)
        #expect(metadata["n"] as? String == "5")
        #expect((metadata["list"] as? [Any])?.count == 2)
    }

    @Test func jsonHasItsMembersInAFixedOrder() {
        logger(.json).info("m", metadata: ["b": "2", "a": "1"])
        #expect(
            lines.all == [
                #"{"time":"2023-11-14T22:13:20.250Z","level":"info","service":"command-service","logger":"part","#
                    + #""message":"m","metadata":{"a":"1","b":"2"}}"#
            ])
    }

    @Test func metadataOfTheEventWins() {
        var logger = logger(.text)
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger.info("m", metadata: ["a": "event"])
        #expect(lines.all[0].hasSuffix("m a=event b=logger"))
        #expect(logger[metadataKey: "b"] == "logger")
    }

    @Test func whatIsLessSevereIsLeftOut() {
        let logger = logger(.text, level: .warning)
        logger.info("no")
        logger.error("yes")
        #expect(lines.all.count == 1)
    }

    @Test func everyLevelOfTheFlagIsALevel() {
        #expect(LogLevel.allCases.map(\.level) == Logger.Level.allCases)
    }
}
