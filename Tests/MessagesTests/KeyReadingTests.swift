import Messages
import Testing

/// Keys, slips and releases as they stand on the services' own topics, where strangers may have written too.
@Suite("Reading keys")
struct KeyReadingTests {
    @Test("A key is told from another by its bytes") func equality() {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed, "to Swift they are the same")
        let (one, other) = (
            UniqueKey(attribute: "email", value: composed), UniqueKey(attribute: "email", value: decomposed)
        )
        #expect(one != other && one.bytes != other.bytes)
        #expect(Set([one, other, one]).count == 2)
        #expect(one != UniqueKey(attribute: "document", value: composed))
        // What stands on which side of the colon makes a difference.
        #expect(UniqueKey(attribute: "a", value: "b:c") != UniqueKey(attribute: "a:b", value: "c"))
        #expect(values(["email": composed]) != values(["email": decomposed]))
        #expect(changes(["email": composed]) != changes(["email": decomposed]))
        #expect(changes(["email": nil]) != changes(["email": ""]) && changes(["email": nil]) == changes(["email": nil]))
        #expect(changes(["email": decomposed]).differing(from: values(["email": composed])).all.count == 1)
    }

    @Test("It is a record's key") func bytes() {
        let key = UniqueKey(attribute: "document", value: "52998224725")
        #expect(key.text == "document:52998224725" && key.bytes == Array("document:52998224725".utf8))
        for text in ["document:52998224725", "tax-number:a:b", "e2:É \u{1F600}", "a::"] {
            #expect(UniqueKey(Array(text.utf8))?.text == text)
        }
        #expect(UniqueKey(Array("tax-number:a:b".utf8))?.value == "a:b")
        for bytes in [
            [], Array("document".utf8), Array("document:".utf8), Array(":x".utf8), Array("Document:x".utf8),
            Array("a b:x".utf8), Array(String(repeating: "a", count: 33).utf8) + [0x3A, 0x78], [0x61, 0x3A, 0xFF],
            [0xFF, 0x3A, 0x61],
        ] as [[UInt8]] {
            #expect(UniqueKey(bytes) == nil, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("A slip is sent on to each key in its order, the same all along") func sentOn() throws {
        let all = values(["document": "D1", "email": "a@b", "tax-number": "7"]).keys
        #expect(KeyClaim(customerID: "c-1", keys: [], ground: .reservation("r")) == nil)
        var claim = try #require(KeyClaim(customerID: "c-1", keys: all, ground: .reservation("r")))
        for place in 1...3 {
            #expect(claim.at == place && claim.key == all[place - 1] && claim.keys == all)
            #expect(KeyWish.claim(claim).key == claim.key)
            if place < 3 { claim = try #require(claim.next) }
        }
        #expect(claim.next == nil)
    }

    // MARK: What strangers write

    private static func message(_ type: String, _ data: String) -> [UInt8] {
        Array(
            #"{"specversion":"1.0","id":"x","source":"/s","type":"\#(type)","subject":"c-1","time":"2026-01-02T03:04:05.000000Z","data":{"customerId":"c-1",\#(data)}}"#
                .utf8)
    }

    private static func wish(_ type: String, _ data: String) throws(MessageProblem) -> KeyWish {
        try Message<KeyWish>(decoding: message(type, data)).body
    }

    private static let one = #"{"attribute":"document","value":"D1"}"#
    private static let two = #"{"attribute":"email","value":"a@b"}"#

    private static func isMalformed(_ type: String, _ data: String) -> Bool {
        do {
            _ = try wish(type, data)
            return false
        } catch {
            if case .malformed = error { return true }
            return false
        }
    }

    @Test("A slip is read as it stands, at each of its places") func slip() throws {
        let event = #""version":1,"purpose":"registration""#
        for at in 1...2 {
            let wish = try Self.wish("ClaimKey", #""keys":[ \#(Self.one) , \#(Self.two)],"at":\#(at),\#(event)"#)
            guard case .claim(let claim) = wish else {
                Issue.record("it is no claim")
                return
            }
            #expect(claim.keys.map(\.text) == ["document:D1", "email:a@b"] && claim.at == at)
            #expect(claim.key == claim.keys[at - 1] && wish.key == claim.key)
            #expect(claim.ground == .event(version: 1, purpose: .registration, reservation: nil))
        }
        // As many as can be declared.
        let sixteen = (1...16).map { #"{"attribute":"a\#($0)","value":"x"}"# }.joined(separator: ",")
        guard case .claim(let claim) = try Self.wish("ReserveKey", #""keys":[\#(sixteen)],"at":16,"reservation":"r""#)
        else {
            Issue.record("it is no claim")
            return
        }
        #expect(claim.keys.count == 16 && claim.next == nil && claim.isReservation)
    }

    @Test("A slip that the rules can't mean is malformed") func badSlips() {
        let hundred = (1...100).map { #"{"attribute":"a\#($0)","value":"x"}"# }.joined(separator: ",")
        let seventeen = (1...17).map { #"{"attribute":"a\#($0)","value":"x"}"# }.joined(separator: ",")
        let lists = [
            "[]", "null", "5", "{}", Self.one, "[1]", "[null]", #"["document:D1"]"#, "[[]]", "[{}]",
            // The same key twice: also the one that is asked for itself.
            "[\(Self.one),\(Self.one)]", "[\(Self.one),\(Self.two),\(Self.one)]",
            // Two values of one attribute.
            #"[\#(Self.one),{"attribute":"document","value":"D2"}]"#, "[\(hundred)]", "[\(seventeen)]",
            #"[{"attribute":"document"}]"#, #"[{"value":"D1"}]"#, #"[{"attribute":"document","value":""}]"#,
            #"[{"attribute":"document","value":5}]"#, #"[{"attribute":"","value":"D1"}]"#,
            #"[{"attribute":"Document","value":"D1"}]"#, #"[{"attribute":"a:b","value":"D1"}]"#,
            #"[{"attribute":"document","value":"D1","value":"D1"}]"#, #"[\#(Self.one),null]"#,
        ]
        for (type, ground) in [
            ("ClaimKey", #""version":1,"purpose":"registration""#), ("ReserveKey", #""reservation":"r""#),
        ] {
            for list in lists {
                #expect(Self.isMalformed(type, #""keys":\#(list),"at":1,\#(ground)"#), "\(type) \(list)")
            }
            for at in ["0", "-1", "3", "100", "9223372036854775807", "1.0", #""1""#, "null"] {
                #expect(
                    Self.isMalformed(type, #""keys":[\#(Self.one),\#(Self.two)],"at":\#(at),\#(ground)"#),
                    "\(type) at \(at)")
            }
            #expect(Self.isMalformed(type, #""keys":[\#(Self.one)],\#(ground)"#))
            #expect(Self.isMalformed(type, #""at":1,\#(ground)"#))
        }
    }

    @Test("So is a claim without its ground, and a release with none or two") func grounds() {
        func claim(_ type: String, _ ground: String) -> Bool {
            Self.isMalformed(type, #""keys":[\#(Self.one)],"at":1\#(ground)"#)
        }
        #expect(!claim("ClaimKey", #","version":1,"purpose":"change""#))
        for ground in [
            "", #","version":1"#, #","purpose":"change""#, #","version":0,"purpose":"change""#,
            #","version":"1","purpose":"change""#, #","version":1,"purpose":"else""#,
            #","version":1,"purpose":"registration","reservation":5"#,
        ] {
            #expect(claim("ClaimKey", ground), "\(ground)")
        }
        #expect(!claim("ReserveKey", #","reservation":"r""#))
        #expect(claim("ReserveKey", "") && claim("ReserveKey", #","reservation":5"#))

        func release(_ ground: String) -> Bool {
            Self.isMalformed("ReleaseKey", #""attribute":"document","value":"D1"\#(ground)"#)
        }
        for ground in [
            #","version":4"#, #","reservation":"r""#, #","version":4,"reusableFrom":"never""#,
            #","version":4,"reusableFrom":"2026-01-02T03:04:05Z""#, #","version":4,"reusableFrom":null"#,
        ] {
            #expect(!release(ground), "\(ground)")
        }
        for ground in [
            "", #","version":4,"reservation":"r""#, #","version":0"#, #","version":-4"#, #","version":"4""#,
            #","version":4,"reusableFrom":"soon""#, #","version":4,"reusableFrom":5"#,
            #","version":4,"reservation":5"#, #","version":"4","reservation":"r""#,
        ] {
            #expect(release(ground), "\(ground)")
        }
        #expect(Self.isMalformed("ReleaseKey", #""value":"D1","version":4"#))
        #expect(Self.isMalformed("ReleaseKey", #""attribute":"document","version":4"#))
    }

    @Test("Cut anywhere, a claim is refused, and nothing crashes") func cut() {
        let whole = Self.message(
            "ClaimKey", #""keys":[\#(Self.one),\#(Self.two)],"at":2,"version":1,"purpose":"change""#)
        #expect(throws: Never.self) { try Message<KeyWish>(decoding: whole) }
        for count in 0..<whole.count {
            #expect(throws: MessageProblem.self) { try Message<KeyWish>(decoding: Array(whole.prefix(count))) }
        }
    }

    @Test("Mutated at random, a claim is read or refused, and what is read asks for one of its keys", arguments: 0..<2)
    func fuzz(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        let whole = Self.message(
            "ClaimKey", #""keys":[\#(Self.one),\#(Self.two)],"at":2,"version":1,"purpose":"change""#)
        var read = 0
        for _ in 0..<4_000 {
            var bytes = whole
            let index = bytes.count - 1 - generator.below(140)
            bytes[index] = Array(#"{}[]",:0123456789ae"#.utf8)[generator.below(19)]
            guard case .claim(let claim) = try? Message<KeyWish>(decoding: bytes).body else { continue }
            read += 1
            #expect(claim.keys.contains(claim.key) && Set(claim.keys.map(\.attribute)).count == claim.keys.count)
        }
        #expect(read > 100)
    }
}
