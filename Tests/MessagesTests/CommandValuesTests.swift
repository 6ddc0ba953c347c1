import Messages
import Testing

@Suite("The values of commands")
struct CommandValuesTests {
    private static let types: [(String, Topic)] = [
        ("RegisterCustomer", .customerCommands), ("ChangeCustomer", .customerCommands),
        ("StartRegistration", .registrationRequests),
    ]

    @Test(
        "What is no object of texts and nulls, each once, is malformed",
        arguments: [
            "null", "true", "5", #""document""#, "[]", #"["document"]"#, #"[{"document":"D1"}]"#,
            #"{"document":5}"#, #"{"document":1.5e3}"#, #"{"document":true}"#, #"{"document":["D1"]}"#,
            #"{"document":[]}"#, #"{"document":{"value":"D1"}}"#, #"{"document":"\ud800"}"#, #"{"\udc00":"D1"}"#,
            #"{"document":"D1","document":"D1"}"#, #"{"document":"D1","document":"D2"}"#,
            #"{"document":"D1","document":null}"#, #"{"document":null,"document":null}"#,
            #"{"document":"D1","d\u006fcument":"D1"}"#, #"{"document":"D1","email":7}"#,
            // Of what is not declared as well: it can't be told what it would mean.
            #"{"document":"D1","later":7}"#, #"{"document":"D1","later":"a","later":"b"}"#,
        ])
    func malformed(values: String) throws {
        for (type, topic) in Self.types {
            let command = sent(type, values: values, topic: topic)
            #expect(try command.code() == .malformed, "\(type)")
            // Nothing that was said could be read, but for a null, which is no content at all.
            #expect(try (command.command().hash == nil) == (values != "null"), "\(type)")
        }
    }

    @Test("A member `values` that is there twice, or not at all, is malformed") func twice() throws {
        for (type, topic) in Self.types {
            for data in [#"{"values":{"document":"D1"},"values":{"document":"D1"}}"#, "{}", #"{"Values":{}}"#] {
                let sent = Sent(#"{"id":"r","type":"\#(type)","data":\#(data)}"#, topic: topic)
                #expect(try sent.code() == .malformed, "\(type) \(data)")
            }
        }
    }

    @Test("A required value can't be left out, nor given up") func required() throws {
        for (type, topic) in Self.types where type != "ChangeCustomer" {
            for text in ["{}", #"{"document":null}"#, #"{"email":"a@b"}"#] {
                let refusal = try #require(try sent(type, values: text, topic: topic).refusal())
                #expect(refusal.code == .invalidValue && !refusal.isAboutUndeclared, "\(type) \(text)")
                #expect(refusal.message.contains("`document`"))
            }
        }
        #expect(try sent("ChangeCustomer", values: #"{"document":null}"#).code() == .invalidValue)
        let second = Declaration(attributes: [UniqueAttribute(name: "document"), UniqueAttribute(name: "plate")])
        for text in [#"{"document":"D1"}"#, #"{"document":"D1","plate":null}"#] {
            let refusal = try #require(try sent("RegisterCustomer", values: text).refusal(second))
            #expect(refusal.code == .invalidValue && refusal.message.contains("`plate`"))
        }
        #expect(try sent("ChangeCustomer", values: #"{"plate":null}"#).refusal(second)?.code == .invalidValue)
        // A change names what is to change alone.
        #expect(try sent("ChangeCustomer", values: #"{"plate":"p"}"#).refusal(second) == nil)
    }

    @Test("Null is absent in a registration, and gives a value up in a change") func nulls() throws {
        let text = #"{"tax-number":null,"document":"d1","email":null}"#
        #expect(
            try sent("RegisterCustomer", values: text).command().asks
                == .register(values(["document": "D1"]), name: nil))
        #expect(
            try sent("ChangeCustomer", values: text).command().asks
                == .change(changes(["document": "D1", "email": nil, "tax-number": nil])))
        #expect(try sent("ChangeCustomer", values: "{}").command().asks == .change(changes([:])))
    }

    @Test("They come in the declared order, each by its own rule, however they were sent") func order() throws {
        let text = #"{"tax-number":"529.982-5","email":" Ana@Example.com","document":"ab-1"}"#
        #expect(
            try sent("RegisterCustomer", values: text).command().asks
                == .register(
                    values(["document": "AB1", "email": "ana@example.com", "tax-number": "00005299825"]), name: nil))
        #expect(
            try sent("ChangeCustomer", values: #"{"tax-number":"1","email":null}"#).command().asks
                == .change(changes(["email": nil, "tax-number": "00000000001"])))
    }

    @Test(
        "A value that its rule does not take is invalid, and its attribute is named, not its value",
        arguments: [
            ("document", ""), ("document", "-.-"), ("document", String(repeating: "7", count: 65)),
            ("email", "ana"), ("email", "ana@"), ("email", "a@b@c"), ("email", "a b@c"), ("tax-number", "secret"),
            ("tax-number", "123456789012"),
        ])
    func invalid(attribute: String, value: String) throws {
        let others = attribute == "document" ? "" : #""document":"D1","#
        for (type, topic) in Self.types {
            let refusal = try #require(
                try sent(type, values: #"{\#(others)"\#(attribute)":"\#(value)"}"#, topic: topic).refusal())
            #expect(refusal.code == .invalidValue && !refusal.isAboutUndeclared)
            #expect(refusal.message.contains("`\(attribute)`"))
            #expect(value.isEmpty || !refusal.message.contains(value))
        }
    }

    @Test(
        "An attribute that is not declared is told apart: it may have been declared since",
        arguments: [
            #"{"document":"D1","later":"x"}"#, #"{"later":"x"}"#, #"{"document":"D1","later":null}"#,
            #"{"document":"D1","Document":"D1"}"#, #"{"document":"D1","document ":"D1"}"#, #"{"document":"D1","":"x"}"#,
            // Whatever else is wrong with the values: the new declaration decides.
            #"{"document":"-","later":"x"}"#, #"{"document":null,"later":"x"}"#,
        ])
    func undeclared(values: String) throws {
        for (type, topic) in Self.types {
            let refusal = try #require(try sent(type, values: values, topic: topic).refusal())
            #expect(refusal.code == .invalidValue && refusal.isAboutUndeclared, "\(type)")
            #expect(!refusal.message.contains("Document"), "what can't be a name may be a value")
        }
        // The first one is named.
        for name in ["later", "plate-2"] {
            let refusal = try #require(
                try sent("RegisterCustomer", values: #"{"document":"D1","\#(name)":"x","other":"x"}"#).refusal())
            #expect(refusal.message == "`\(name)` is not declared.")
        }
        // Once it is declared, the same command is taken.
        var newer = declared
        newer.attributes.append(UniqueAttribute(name: "later", isRequired: false))
        #expect(try sent("RegisterCustomer", values: #"{"document":"D1","later":"x"}"#).refusal(newer) == nil)
    }

    @Test("Large values are refused, and do no harm") func large() throws {
        let long = String(repeating: "7", count: 65_000)
        #expect(try sent("RegisterCustomer", values: #"{"document":"\#(long)"}"#).code() == .invalidValue)
        #expect(try sent("RegisterCustomer", values: #"{"document":"\#(long)777777"}"#).code() == .invalidValue)
        #expect(
            try sent("RegisterCustomer", values: #"{"document":"\#(long)\#(long)"}"#).code() == .malformed,
            "over 64 KiB")
        #expect(try sent("RegisterCustomer", values: #"{"document":"D1","\#(long)":"x"}"#).code() == .invalidValue)
        let many = (0..<5_500).map { #""a\#($0)":"""# }.joined(separator: ",")
        #expect(try sent("RegisterCustomer", values: "{\(many)}").refusal()?.isAboutUndeclared == true)
        let deep = String(repeating: #"{"document":"#, count: 2_000) + "1" + String(repeating: "}", count: 2_000)
        #expect(try sent("RegisterCustomer", values: deep).code() == .malformed)
        let nested = String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)
        #expect(try sent("RegisterCustomer", values: #"{"document":\#(nested)}"#).code() == .malformed)
    }

    @Test("By another declaration another value is meant") func declaration() throws {
        let plain = Declaration(attributes: [UniqueAttribute(name: "plate", normalize: .none)])
        let command = sent("RegisterCustomer", values: #"{"plate":" a-1 "}"#)
        #expect(try command.command(plain).asks == .register(values(["plate": " a-1 "]), name: nil))
        #expect(try command.refusal()?.isAboutUndeclared == true)
        #expect(try sent("RegisterCustomer", values: #"{"document":"D1"}"#).refusal(plain)?.isAboutUndeclared == true)
    }
}
