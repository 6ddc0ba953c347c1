import EventLog
import Messages
import Testing

@Suite("Reading commands")
struct CommandReaderTests {
    static let structured = RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")

    @Test("Structured mode, with its header and without", arguments: [[structured], []])
    func structuredMode(headers: [RecordHeader]) throws {
        let command = try Sent(
            #"{"specversion":"1.0","id":"r","source":"/s","type":"RegisterCustomer","subject":"c-1","datacontenttype":"application/json","correlationid":"k","traceparent":"00-1-2-3","tracestate":"v=1","extra":[1],"data":{"values":{"document":"529.982"},"name":"Zoë","customerId":"c-1","more":{}}}"#,
            headers: headers
        ).command()
        #expect(command.asks == .register(values(["document": "529982"]), name: "Zoë"))
        #expect(command.id == "r" && command.source == "/s" && command.type == "RegisterCustomer")
        #expect(command.customerID == "c-1" && command.correlationID == "k")
        #expect(command.trace == TraceContext(parent: "00-1-2-3", state: "v=1"))
        #expect(command.key == DeduplicationKey(topic: .customerCommands, customerID: "c-1", source: "/s", id: "r"))
    }

    @Test(
        "Binary mode means the same",
        arguments: [["application/json"], ["application/json; charset=utf-8"], ["Application/JSON"], []])
    func binaryMode(contentType: [String]) throws {
        let headers =
            contentType.map { RecordHeader("content-type", $0) } + [
                RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", "r"), RecordHeader("ce_source", "/s"),
                RecordHeader("ce_type", "RegisterCustomer"), RecordHeader("ce_subject", "c-1"),
                RecordHeader("unrelated", "1"), RecordHeader("unrelated", "2"), RecordHeader(name: "null", value: nil),
            ]
        let binary = try Sent(#"{"values":{"document":"D1"}}"#, headers: headers).command()
        let other = try registration().command()
        #expect(binary.asks == .register(values(["document": "D1"]), name: nil))
        #expect(binary.key == other.key && binary.hash == other.hash && binary.correlationID == "r")
    }

    @Test("A structured content type wins over headers of the binary mode") func bothModes() throws {
        let command = try Sent(
            #"{"id":"r","type":"UnregisterCustomer","data":{}}"#,
            headers: [Self.structured, RecordHeader("ce_id", "other"), RecordHeader("ce_type", "X")]
        ).command()
        #expect(command.id == "r" && command.asks == .unregister)
    }

    @Test(
        "Without an id a command is unique, and called by its first place",
        arguments: ["", #","id":null"#, #","id":"""#])
    func withoutID(member: String) throws {
        let command = try registration(envelope: member).command()
        #expect(command.id == "customer-commands/3/17" && command.source.isEmpty)
        #expect(command.correlationID == "customer-commands/3/17")
        #expect(command.asks == .register(values(["document": "D1"]), name: nil))
    }

    @Test("Null is absent") func nulls() throws {
        let command = try Sent(
            #"{"specversion":null,"id":"r","source":null,"type":"RegisterCustomer","subject":null,"datacontenttype":null,"correlationid":null,"traceparent":null,"data":{"values":{"document":"D1","email":null},"name":null,"customerId":null,"reservation":null,"version":null,"attribute":null,"heldBy":null}}"#
        ).command()
        #expect(command.asks == .register(values(["document": "D1"]), name: nil))
        #expect(command.correlationID == "r")
    }

    @Test(
        "Nobody can be answered: a dead letter",
        arguments: [
            Sent(value: nil), Sent(""), Sent("null"), Sent("[]"), Sent("no JSON"), Sent(value: [0xFF, 0x7B, 0x7D]),
            Sent(#"{"id":5,"type":"RegisterCustomer","data":{}}"#), Sent(#"{"id":"a","id":"b","data":{}}"#),
            Sent(#"{"id":"\ud800","data":{}}"#), Sent(#"{"id":"a\u0000","data":{}}"#),
            Sent(#"{"id":"a","source":5,"data":{}}"#), Sent(#"{"id":"a","source":"x","source":"x","data":{}}"#),
            Sent(#"{"id":"r""#), Sent("\u{FEFF}{}"),
            Sent("{}", headers: [RecordHeader("content-type", "application/cloudevents-batch+json")]),
            Sent("{}", headers: [RecordHeader("content-type", "application/cloudevents+avro")]),
            Sent("{}", headers: [RecordHeader("ce_id", "a"), RecordHeader("ce_id", "a")]),
            Sent("{}", headers: [RecordHeader(name: "ce_id", value: [0xFF])]),
            Sent(
                "{}",
                headers: [RecordHeader("content-type", "application/json"), RecordHeader("content-type", "text/plain")]),
            Sent(#"{"id":"\#(String(repeating: "i", count: 257))","type":"UnregisterCustomer","data":{}}"#),
        ])
    func unreadable(sent: Sent) { #expect(sent.isUnreadable) }

    @Test("The same header twice with the same content type is one") func sameHeaderTwice() throws {
        #expect(
            try Sent(#"{"id":"r","type":"UnregisterCustomer","data":{}}"#, headers: [Self.structured, Self.structured])
                .code() == nil)
    }

    @Test(
        "Who can be answered is told what is wrong",
        arguments: [
            (#"{"id":"r"}"#, .malformed), (#"{"id":"r","data":{}}"#, .malformed),
            (#"{"id":"r","type":"","data":{}}"#, .malformed), (#"{"id":"r","type":5,"data":{}}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer"}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":null}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":[]}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":"{}"}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":{},"data":{}}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":{"document":"D1"}}"#, .malformed),
            (#"{"id":"r","type":"RegisterCustomer","data":{"values":{"document":"a"},"name":{}}}"#, .malformed),
            (#"{"id":"r","type":"Register","data":{}}"#, .unknownType),
            (#"{"id":"r","type":"registercustomer","data":{}}"#, .unknownType),
            (#"{"id":"r","type":"ChangeCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","type":"ChangeCustomer","data":{"values":{"document":"a"},"version":1}}"#, .notAllowed),
            (#"{"id":"r","specversion":"0.3","type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","specversion":1.0,"type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","subject":"c-2","type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","subject":1,"type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","type":"UnregisterCustomer","data":{"customerId":"c-2"}}"#, .malformed),
            (#"{"id":"r","type":"UnregisterCustomer","data":{"customerId":1}}"#, .malformed),
            (#"{"id":"r","datacontenttype":"text/xml","type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","correlationid":"a\u0000","type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","correlationid":7,"type":"UnregisterCustomer","data":{}}"#, .malformed),
            (#"{"id":"r","source":"a\u0007","type":"UnregisterCustomer","data":{}}"#, .malformed),
        ] as [(String, RejectionCode)])
    func refused(text: String, code: RejectionCode) throws { #expect(try Sent(text).code() == code) }

    @Test("Key, subject and customer id are compared byte for byte") func spellings() throws {
        let (one, other) = ("caf\u{E9}", "cafe\u{301}")
        for member in [#""subject":"\#(one)","data":{}"#, #""data":{"customerId":"\#(one)"}"#] {
            let text = #"{"id":"r","type":"UnregisterCustomer",\#(member)}"#
            #expect(try Sent(text, key: one).code() == nil)
            #expect(try Sent(text, key: other).code() == .malformed)
        }
    }

    @Test("What only the process manager may say is not taken from a client") func guarded() throws {
        for type in ["ConfirmCustomer", "ConfirmChange", "RejectChange", "StartRegistration"] {
            #expect(
                try Sent(#"{"id":"r","type":"\#(type)","data":{"values":{"document":"D1"},"version":1}}"#).code()
                    == .notAllowed)
        }
        for field in [
            #","version":1"#, #","version":"1""#, #","reservation":"r""#, #","heldBy":"c-2""#, #","heldBy":[]"#,
            #","attribute":"document""#,
        ] {
            #expect(try registration(field).code() == .notAllowed, "\(field)")
            #expect(try Sent(#"{"id":"r","type":"UnregisterCustomer","data":{"x":1\#(field)}}"#).code() == .notAllowed)
        }
        // Unregistering as the client asks: a reason of its own is an unknown field.
        #expect(
            try Sent(#"{"id":"r","type":"UnregisterCustomer","data":{"reason":"duplicate"}}"#).command().asks
                == .unregister)
        #expect(try Sent(#"{"id":"r","type":"UnregisterCustomer"}"#).command().asks == .unregister)
        #expect(try registration(#","version":1,"version":1"#).code() == .malformed)
    }

    @Test("The process manager's commands are taken from its own topic") func processCommands() throws {
        func sent(_ type: String, _ data: String) -> Sent {
            Sent(#"{"id":"r","source":"/process-manager","type":"\#(type)","data":\#(data)}"#, topic: .processCommands)
        }
        #expect(try sent("ConfirmCustomer", #"{"version":1}"#).command().asks == .confirm(version: 1))
        #expect(
            try sent(
                "UnregisterCustomer", #"{"reason":"duplicate","attribute":"email","heldBy":"c-2","version":1}"#
            )
            .command().asks == .compensate(Loss(attribute: "email", heldBy: "c-2"), version: 1))
        #expect(
            try sent("UnregisterCustomer", #"{"reason":"duplicate","attribute":"email","version":1}"#).command().asks
                == .compensate(Loss(attribute: "email", heldBy: nil), version: 1))
        for data in [
            #"{"reason":"requested","attribute":"email","version":1}"#, #"{"attribute":"email","version":1}"#,
            #"{"reason":"duplicate","version":1}"#, #"{"reason":"duplicate","attribute":"email"}"#, "{}",
        ] {
            #expect(try sent("UnregisterCustomer", data).code() == .malformed, "\(data)")
        }
        for version in ["0", "-1", "1.0", "\"1\"", "null", "9223372036854775808"] {
            for type in ["ConfirmCustomer", "ConfirmChange"] {
                #expect(try sent(type, #"{"version":\#(version)}"#).code() == .malformed, "\(version)")
            }
        }
        #expect(try sent("ConfirmChange", #"{"version":3}"#).command().asks == .confirmChange(version: 3))
        #expect(
            try sent("RejectChange", #"{"attribute":"document","heldBy":"c-2","version":3}"#).command().asks
                == .rejectChange(Loss(attribute: "document", heldBy: "c-2"), version: 3))
        #expect(try sent("RejectChange", #"{"heldBy":"c-2","version":3}"#).code() == .malformed)
        #expect(try sent("RejectChange", #"{"attribute":"document"}"#).code() == .malformed)
        #expect(try sent("ChangeCustomer", #"{"values":{}}"#).code() == .notAllowed)
        // Without a reservation it would be a client's, and confirmed at once.
        #expect(try sent("RegisterCustomer", #"{"values":{"document":"D1"}}"#).code() == .malformed)
        #expect(try sent("RegisterCustomer", #"{"reservation":"r-1"}"#).code() == .malformed)
        // Nobody normalizes what a service wrote.
        #expect(
            try sent(
                "RegisterCustomer",
                #"{"values":{"document":"d-1","email":"A@b"},"name":"Zoë","reservation":"r-1"}"#
            )
            .command().asks
                == .registerReserved(values(["document": "d-1", "email": "A@b"]), name: "Zoë", reservation: "r-1"))
        let undeclared = try #require(
            try sent("RegisterCustomer", #"{"values":{"document":"D1","later":"x"},"reservation":"r-1"}"#).refusal())
        #expect(undeclared.code == .invalidValue && undeclared.isAboutUndeclared)
    }

    @Test("Requests are taken from their own topic") func requests() throws {
        func sent(_ data: String, _ type: String = "StartRegistration") -> Sent {
            Sent(#"{"id":"r","type":"\#(type)","data":\#(data)}"#, topic: .registrationRequests)
        }
        guard
            case .success(let asked) = try sent(#"{"values":{"email":"Ana@x","document":"d-1"},"name":"Ana"}"#)
                .command().content
        else {
            Issue.record("a request is refused")
            return
        }
        #expect(asked == .registration(values(["document": "D1", "email": "ana@x"]), name: "Ana"))
        #expect(try sent("{}").code() == .malformed)
        #expect(try sent(#"{"values":{}}"#).code() == .invalidValue)
        #expect(try sent(#"{"values":{"document":"-"}}"#).code() == .invalidValue)
        #expect(try sent(#"{"values":{"document":"D1","later":"x"}}"#).refusal()?.isAboutUndeclared == true)
        for field in ["reservation", "heldBy", "version", "attribute"] {
            #expect(try sent(#"{"values":{"document":"D1"},"\#(field)":"x"}"#).code() == .notAllowed)
        }
        #expect(try sent(#"{"values":{"document":"D1"}}"#, "ChangeCustomer").code() == .notAllowed)
        #expect(try sent(#"{"values":{"document":"D1"}}"#, "RegisterCustomer").code() == .notAllowed)
        #expect(try sent(#"{"values":{"document":"D1"}}"#, "Start").code() == .unknownType)
    }

    @Test("Binary mode: wrong headers and values") func binaryProblems() throws {
        let good = [RecordHeader("ce_id", "r"), RecordHeader("ce_type", "RegisterCustomer")]
        #expect(try Sent("no JSON", headers: good).code() == .malformed)
        #expect(try Sent(value: nil, headers: good).code() == .malformed)
        #expect(
            try Sent(#"{"values":{"document":"D1"}}"#, headers: good + [RecordHeader("content-type", "text/plain")])
                .code()
                == .malformed)
        #expect(
            try Sent(#"{"values":{"document":"D1"}}"#, headers: good + [RecordHeader("ce_type", "RegisterCustomer")])
                .code()
                == .malformed)
        #expect(
            try Sent(
                #"{"values":{"document":"D1"}}"#, headers: good + [RecordHeader(name: "ce_subject", value: [0xFF])]
            ).code()
                == .malformed)
        #expect(
            try Sent(#"{"values":{"document":"D1"}}"#, headers: good + [RecordHeader("ce_subject", "c-2")]).code()
                == .malformed)
        #expect(
            try Sent(#"{"values":{"document":"D1"}}"#, headers: good + [RecordHeader(name: "ce_subject", value: nil)])
                .code()
                == nil)
    }
}
