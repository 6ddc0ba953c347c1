import BrokerCore
import EventLog
import Foundation
import Glibc
import KafkaProtocol
import Logging
import Testing

@testable import BrokerHost

/// A directory of its own for one test, removed at its end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("broker-host-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }

    func read(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)"))) }

    func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(file)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// A copy of a folder under another name.
    func copy(_ folder: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: "\(path)/\(folder)", toPath: "\(path)/\(name)")
    }
}

/// A logger that says nothing.
let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }

let first = TopicPartition(topic: "orders", partition: 0)
let second = TopicPartition(topic: "with-dash.and_more", partition: 11)

/// One batch with so many records, placed at an offset.
func placed(_ offset: Int64, count: Int = 2, text: String = "value", startsSegment: Bool = false) -> AppendAction {
    let records = (0..<Int64(count)).map {
        BatchRecord(
            offset: offset + $0, timestamp: 1_000 + offset + $0, key: Array("k\($0)".utf8), value: Array(text.utf8))
    }
    return AppendAction(
        baseOffset: offset, lastOffset: offset + Int64(count) - 1,
        bytes: RecordBatchWriter.batch(records, partitionLeaderEpoch: 0), startsSegment: startsSegment)
}

/// Waits for a condition; fails the test when it does not come true.
func waitUntil(
    _ what: String, within timeout: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + timeout
    while ContinuousClock.now < end {
        if try condition() { return }
        // The pause between two looks at a condition.
        usleep(5_000)
    }
    try #require(Bool(false), "not in \(timeout): \(what)", sourceLocation: sourceLocation)
}

/// SplitMix64, so that a seed gives the same draws for ever.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
