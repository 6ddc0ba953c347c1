import KafkaProtocol

/// The whole broker as a state machine: nothing traps, every request is answered once, what is stored can be read.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var life = Life(bytes)
        life.run()
        // What the first bytes choose costs as much again, so only a few do: the same input gives the same bytes.
        if bytes.first ?? 0 >= 0xF0 {
            var again = Life(bytes)
            again.run()
            expect(again.host.disk.journal == life.host.disk.journal, "another journal for the same input")
        }
        life.end()
    }

    static func seeds() throws -> [[UInt8]] {
        // Transactions through their steps, a restart in between, compaction, groups.
        var seeds: [[UInt8]] = [
            [0, 0xE0, 0xE1, 0xE3, 0xE2, 0xE4, 0xE6, 0x80, 200, 0xE1, 0xE3, 0xA0, 0, 0xE7, 0x94, 30],
            [1, 0xE0, 0xE1, 0xE3, 0xE5, 0xE6, 0xB0, 1, 0xE1, 0xA0, 1, 0x90, 20],
            [0, 0xD0, 0x04, 0xD0, 0x0C, 0xD0, 0x14, 0x90, 21, 0xD0, 0x04, 0x90, 21, 0xA0, 1, 0xD0, 0xC4, 0x90, 21],
            [0, 0xC4, 0xC8, 0xCA, 0xCC, 0xC4, 0xC6, 0xC8, 0x80, 250, 0xA0, 0, 0xC8, 0xC6, 0xCE, 0x90, 20],
            [0, 0xC5, 0xC9, 0xCD, 0xC5, 0xC7, 0xC9, 0xA0, 1, 0xCF, 0xDC, 0x10, 0xD0, 0, 0xDC, 0x30, 0x90, 33],
            [
                1, 0xE0, 0xC4, 0xC8, 0xE5, 0xEC, 0xE1, 0xE3, 0xE6, 0x80, 2, 0xE5, 0xE8, 0xA0, 0, 0xE7, 0x80, 9, 0xDC,
                0x20,
            ],
        ]
        for message in try GoldenFiles.messages() where message.isRequest {
            let key = ApiKey.allCases.first { "\($0)".lowercased() == message.name.lowercased() }
            guard let key else { finding("no API has the name \(message.name)") }
            var writer = WireWriter()
            RequestHeader(apiKey: key, apiVersion: message.version, correlationID: 1, clientID: "c").encode(to: &writer)
            let frame = writer.bytes + message.bytes
            seeds.append([0, 0xF0, 0, UInt8(frame.count >> 8 & 0xFF), UInt8(frame.count & 0xFF)] + frame)
        }
        return seeds
    }
}
