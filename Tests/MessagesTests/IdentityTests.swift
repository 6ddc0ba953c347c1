import Messages
import Testing

@Suite("Names and places")
struct IdentityTests {
    @Test(
        "Keys are placed as the Java client places them",
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func murmur2(key: String, hash: Int32) {
        #expect(Int32(bitPattern: Murmur2.hash(Array(key.utf8))) == hash)
        #expect(Murmur2.partition(of: Array(key.utf8), count: 12) == (hash & 0x7fff_ffff) % 12)
    }

    @Test("A slice is placed like its bytes") func slice() {
        let bytes = Array("document:1".utf8)
        #expect(Murmur2.hash(bytes[9...]) == Murmur2.hash([UInt8(ascii: "1")]))
    }

    // The expected ids are Python's: uuid.uuid5(uuid.UUID("8f1f6f0e-5d6b-5c8e-9a57-3d5f0c2b7a10"), name).
    @Test(
        "Names are UUIDs of version 5",
        arguments: [
            ("document:52998224725", "ec11c5ab-5f29-5f28-81fa-a6971c248224"),
            ("document:", "a24fb875-0308-5dc7-b015-4f326da5e4a1"),
            ("document:É", "18448f16-ab69-5e2e-a548-76e493e18df6"), ("", "343ed951-74a5-5b1e-83f8-46ac002616fa"),
        ])
    func nameID(name: String, id: String) { #expect(NameID(name: name).description == id) }

    @Test("K is the name of topic, customer, source and id") func deduplicationKey() {
        let client = DeduplicationKey(topic: .customerCommands, customerID: "c-1", source: "/client", id: "register")
        #expect(client.description == "5869b6bf-a57f-5be7-a336-7faf0b39d716")
        let process = DeduplicationKey(
            topic: .processCommands, customerID: "c-1", source: "/process-manager", id: "c-1@1/confirm")
        #expect(process.description == "2416f43a-2c36-5850-a010-8a58d5d1dfe9")
        #expect(
            NameID.customer(of: UniqueKey(attribute: "document", value: "52998224725")).description
                == "ec11c5ab-5f29-5f28-81fa-a6971c248224")
    }

    @Test("A customer id is 1 to 128 bytes of printable UTF-8") func customerID() {
        #expect(CustomerID.read(nil) == nil && CustomerID.read([]) == nil)
        #expect(CustomerID.read(Array("c-1".utf8)) == "c-1")
        #expect(CustomerID.read([UInt8](repeating: 0x61, count: 128)) != nil)
        #expect(CustomerID.read([UInt8](repeating: 0x61, count: 129)) == nil)
        for bytes in [
            [0xFF], [0x61, 0], [0x7F], [0x0A], [0xC2, 0x85], [0xE2, 0x80, 0xA8], [0xED, 0xA0, 0x80], [0xC0, 0x80],
        ] as [[UInt8]] {
            #expect(CustomerID.read(bytes) == nil, "\(bytes)")
        }
        for text in ["é", "日本", "a b", "👩‍👩‍👧", "\u{378}"] { #expect(CustomerID.read(Array(text.utf8)) == text) }
    }

    @Test("Topics have their names, prefixes and dead letters") func topics() {
        let names = DeploymentNames(prefix: "a.")
        for topic in Topic.allCases {
            #expect(names.topic(names.name(topic)) == topic)
            #expect(names.topic(topic.rawValue) == nil)
        }
        for group in ConsumerGroup.allCases {
            for input in group.inputs { #expect(input.deadLetter != nil, "\(input)") }
        }
        #expect(Topic.uniqueIndex.deadLetter == nil)
        #expect(DeploymentNames.isValid(prefix: "x_1.-") && !DeploymentNames.isValid(prefix: "a/b"))
        #expect(!DeploymentNames.isValid(prefix: String(repeating: "a", count: 201)))
    }
}
