import Foundation

/// The tests' golden files: what others wrote. They are found from the top of the working copy.
enum GoldenFiles {
    struct Message {
        var name: String
        var isRequest: Bool
        var version: Int16
        var bytes: [UInt8]
    }

    /// The messages of the Kafka protocol: of three lines each, the first two.
    static func messages() throws -> [Message] {
        let folder = "Tests/KafkaProtocolTests/Golden"
        var messages: [Message] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let lines = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            for index in stride(from: 0, to: lines.count - 2, by: 3) {
                let title = lines[index].split(separator: " ")
                guard let kind = title.first, let version = title.last.flatMap({ Int16($0) }) else { continue }
                messages.append(
                    Message(
                        name: String(file.dropLast(".txt".count)), isRequest: kind == "Request", version: version,
                        bytes: bytes(hex: lines[index + 1])))
            }
        }
        return messages
    }

    /// The texts of this project's own messages.
    static func envelopes() throws -> [[UInt8]] {
        let folder = "Tests/MessagesTests/Golden"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
            Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)")))
        }
    }

    private static func bytes(hex: Substring) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
