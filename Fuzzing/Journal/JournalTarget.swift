import BrokerCore
import KafkaProtocol

@testable import BrokerHost

/// The broker's journal: entries, and the frames that they lie in. With an even first byte, an entry's bytes; else frames.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzBytes(bytes)
        let isFramed = input.flag()
        let content = input.rest()
        if isFramed { return frames(content) }
        entry(content)
        // What is not looked at twice in a frame is found again behind it.
        guard !content.isEmpty else { return }
        var framed: [UInt8] = [0]
        JournalFrame.write(content, to: &framed)
        let read = JournalFrame.read(framed, at: 1)
        expect(read?.entry == content && read?.end == framed.count, "framed as \(framed)")
        expect(JournalFrame.isFollowedByEntry(framed, 0), "not found in \(framed)")
    }

    private static func entry(_ bytes: [UInt8]) {
        guard let entry = try? JournalEntry(decoding: bytes) else { return }
        let written = entry.encoded()
        guard let again = try? JournalEntry(decoding: written) else { finding("not to be read: \(entry)") }
        expect(again == entry, "read \(again) for \(entry)")
        expect(again.encoded() == written, "written otherwise: \(entry)")
    }

    private static func frames(_ bytes: [UInt8]) {
        var position = 0
        while let (content, end) = JournalFrame.read(bytes, at: position) {
            expect(end > position && end <= bytes.count, "\(end) behind \(position)")
            entry(content)
            position = end
        }
        _ = JournalFrame.isFollowedByEntry(bytes, position)
    }

    static func seeds() throws -> [[UInt8]] {
        // All kinds of entries that a busy life leaves.
        var life = Life([0, 0xE0, 0xE1, 0xE3, 0xE5, 0xE2, 0xE4, 0xE6, 0x80, 9, 0xE0, 0xE1, 0xD0, 4, 0x90, 21, 0xD0, 4])
        life.run()
        var host = life.host
        host.send(
            KafkaProtocol.OffsetCommitRequest(
                groupID: "g", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 3)])]))
        host.send(DeleteTopicsRequest(topics: [.init(name: "u")]))
        let entries = host.disk.journal + host.broker.snapshot().map { $0.encoded() }
        var framed: [UInt8] = []
        for entry in entries.prefix(6) { JournalFrame.write(entry, to: &framed) }
        return entries.map { [0] + $0 } + [[1] + framed]
    }
}
