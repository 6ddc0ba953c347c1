import EventLog
import Messages
import Testing

@Suite("Limits and hashes of commands")
struct CommandLimitTests {
    private func text(_ count: Int, _ letter: String = "a") -> String { String(repeating: letter, count: count) }

    @Test("A value may have 65,536 bytes") func value() throws {
        func sent(_ size: Int) -> Sent {
            let bare = registration(#","pad":"""#).value?.count ?? 0
            return registration(#","pad":"\#(text(size - bare))""#)
        }
        #expect(sent(65_536).value?.count == 65_536)
        #expect(try sent(65_536).code() == nil)
        #expect(try sent(65_537).code() == .malformed)
        #expect(try sent(65_537).command().id == "r")
    }

    @Test("An id may have 256 bytes, not letters") func id() {
        #expect(!registration(envelope: #","id":"\#(text(256))""#).isUnreadable)
        #expect(registration(envelope: #","id":"\#(text(257))""#).isUnreadable)
        #expect(!registration(envelope: #","id":"\#(text(128, "é"))""#).isUnreadable)
        #expect(registration(envelope: #","id":"\#(text(129, "é"))""#).isUnreadable)
    }

    @Test("A source and a correlation id may have 256 bytes") func source() throws {
        #expect(try registration(envelope: #","id":"r","source":"\#(text(256))""#).code() == nil)
        let long = try registration(envelope: #","id":"r","source":"\#(text(257))""#).command()
        #expect(try registration(envelope: #","id":"r","source":"\#(text(257))""#).code() == .malformed)
        #expect(long.source.utf8.count <= 256)
        let other = try registration(envelope: #","id":"r","source":"\#(text(256))b""#).command()
        #expect(long.key != other.key, "K is made of the whole source")
        #expect(try registration(envelope: #","id":"r","correlationid":"\#(text(256))""#).code() == nil)
        #expect(try registration(envelope: #","id":"r","correlationid":"\#(text(257))""#).code() == .malformed)
        #expect(
            try registration(envelope: #","id":"r","correlationid":"\#(text(257))""#).command().correlationID == "r")
    }

    @Test("A name may have 256 characters") func name() throws {
        for letter in ["a", "é", "😀"] {
            #expect(try registration(#","name":"\#(text(256, letter))""#).code() == nil)
            #expect(try registration(#","name":"\#(text(257, letter))""#).code() == .malformed)
        }
        #expect(try registration(#","name":"""#).command().asks == .register(values(["document": "D1"]), name: ""))
    }

    @Test("A name has no control characters", arguments: [#"\u0000"#, #"\n"#, #"\u001f"#, #"\u007f"#, #"\u0085"#])
    func printableName(character: String) throws {
        #expect(try registration(#","name":"a\#(character)""#).code() == .malformed)
        var request = registration(#","name":"a\#(character)""#)
        request.value = Array(
            String(decoding: request.value ?? [], as: UTF8.self).replacing(
                "RegisterCustomer", with: "StartRegistration"
            )
            .utf8)
        request.topic = .registrationRequests
        #expect(try request.code() == .malformed)
        #expect(try registration(#","name":"a\u200d\u00e9 b""#).code() == nil)
    }

    @Test("Neither has an id, a source, a correlation id or a customer id") func printable() throws {
        for character in [#"\u0000"#, #"\n"#, #"\u007f"#, #"\u0085"#] {
            #expect(registration(envelope: #","id":"r\#(character)""#).isUnreadable)
            #expect(try registration(envelope: #","id":"r","source":"\#(character)""#).code() == .malformed)
            #expect(try registration(envelope: #","id":"r","correlationid":"\#(character)""#).code() == .malformed)
        }
        for key in ["", "a\u{0}", "a\n", "\u{7f}", "\u{85}", String(repeating: "k", count: 129)] {
            #expect(CustomerID.read(Array(key.utf8)) == nil)
        }
        #expect(CustomerID.read(Array(String(repeating: "é", count: 64).utf8)) != nil)
        #expect(CustomerID.read([0xC3]) == nil)
        #expect(CustomerID.read(nil) == nil)
    }

    @Test("An overlong trace context is dropped, the command taken") func trace() throws {
        let command = try registration(envelope: #","id":"r","traceparent":"\#(text(513))","tracestate":"a""#).command()
        #expect(command.trace == TraceContext())
        let state = try registration(envelope: #","id":"r","traceparent":"p","tracestate":"\#(text(513))""#).command()
        #expect(state.trace == TraceContext(parent: "p"))
        #expect(try registration(envelope: #","id":"r","traceparent":5"#).code() == nil)
    }

    @Test("The hash is the same for the same content, however it is written") func sameHash() throws {
        let one = try Sent(
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"529.982-25","email":" Ana@x"},"name":"Zoë"}}"#
        )
        .command()
        for text in [
            #"{"data":{"name":"Zo\u00eb","values":{"email":"\u0020Ana@x","document":"529.982-25"}},"type":"RegisterCustomer","id":"r"}"#,
            #" { "id" : "other" , "source":"/x", "type":"RegisterCustomer","data":{"unknown":[1], "values" : {"document":"529.982-25", "email":" Ana@x" },"name":"Zoë","customerId":"c-1"}} "#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"529.982-25","email":" Ana@x"},"name":"Zoë","heldBy":null}}"#,
        ] { #expect(try Sent(text).command().hash == one.hash, "\(text)") }
        let trimmed = Sent(#"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1"},"name":null}}"#)
        #expect(try trimmed.command().hash == registration().command().hash)
    }

    // The hashes are Python's, of json.dumps(…, sort_keys=True, separators=(",", ":"), ensure_ascii=False).
    @Test(
        "It is SHA-256 of what was sent, as RFC 8785 JSON",
        arguments: [
            (
                #"{"type":"RegisterCustomer","data":{"values":{"email":" Ana@x","document":"529.982-25"},"name":"Zoë"}}"#,
                "3318c8c747df0070c5de4a2ade3e68c1aa5df6b9cbb1c865536f5693340aed4d"
            ),
            (
                #"{"type":"ChangeCustomer","data":{"values":{"email":null,"document":"D1"}}}"#,
                "50b28d81e1458ab1a80dc9cb3881c431c128a6115746f04dfd3344c263199dc7"
            ),
            (
                #"{"type":"UnregisterCustomer"}"#, "d128babf36ddefa31592158c84d045a05f2007ade3eddb8d2796c5374cf154a2"
            ),
            (
                #"{"type":"UnregisterCustomer","data":{"customerId":"c-1"}}"#,
                "d128babf36ddefa31592158c84d045a05f2007ade3eddb8d2796c5374cf154a2"
            ),
            (
                #"{"type":"RegisterCustomer","data":{"values":{"document":"\u0000\b\t\n\u000b\f\r\u001F\"\\\/\u007F\u2028😀\u00e9"}}}"#,
                "617ca919a29491ce09eb540b4fcc13368769d7f685919dbd100c6d1da9ac2867"
            ),
            // Sorted by UTF-16: U+1F600, a pair of surrogates, comes before U+FF5A.
            (
                #"{"type":"RegisterCustomer","data":{"values":{"ｚ":"3","a":"1","😀":"2"}}}"#,
                "915af2e52bf07c39227af0478b60fc3dbfa87a24be7fa3ce20cc13c6b85587c8"
            ),
        ])
    func canonical(text: String, hash: String) throws { #expect(try Sent(text).command().hashText == hash) }

    @Test("The hash differs where the content does") func otherHash() throws {
        let texts = [
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1"}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D2"}}}"#,
            // What would be normalized to the same is another content.
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"d1"}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1","email":"a@b"}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1","email":null}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"email":"D1"}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1"},"name":""}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1"},"name":"a"}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{},"name":"D1"}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{}}"#,
            #"{"id":"r","type":"ChangeCustomer","data":{"values":{"document":"D1"}}}"#,
            #"{"id":"r","type":"UnregisterCustomer","data":{}}"#, #"{"id":"r","type":"Other","data":{}}"#,
            // Spellings of one character are two contents.
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"caf\u00e9"}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"cafe\u0301"}}}"#,
        ]
        let hashes = try texts.compactMap { try Sent($0).command().hash }
        #expect(hashes.count == texts.count && Set(hashes).count == texts.count)
    }

    @Test(
        "What can't be read has none",
        arguments: [
            #"{"id":"r","data":{"values":{"document":"D1"}}}"#,
            #"{"id":"r","type":5,"data":{"values":{"document":"D1"}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":[]}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":[]}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":5}}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1"},"name":5}}"#,
            #"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"D1"},"name":"a","name":"a"}}"#,
        ])
    func noHash(text: String) throws {
        let command = try Sent(text).command()
        #expect(command.hash == nil && command.hashText == nil)
        #expect(try Sent(text).code() == .malformed)
    }

    @Test("Mutated at random, a command is answered or a dead letter, and nothing crashes", arguments: 0..<4)
    func fuzz(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        let whole = registration(
            #","name":"Z\u00eb","version":null"#,
            envelope: #","id":"r","source":"/s","subject":"c-1","specversion":"1.0""#)
        for _ in 0..<4_000 {
            var sent = whole
            var bytes = sent.value ?? []
            for _ in 0...generator.below(5) {
                bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
            }
            sent.value = bytes
            if generator.below(3) == 0 {
                sent.headers = [
                    RecordHeader(
                        name: ["ce_id", "ce_type", "content-type", "ce_"][generator.below(4)],
                        value: Array(bytes.prefix(generator.below(40))))
                ]
            }
            sent.topic = [.customerCommands, .processCommands, .registrationRequests][generator.below(3)]
            if case .command(let command) = sent.reading() { #expect((command.hash?.count ?? 32) == 32) }
        }
    }
}
