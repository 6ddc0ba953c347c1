import Messages
import Testing

/// Services may run in different versions: what a later one writes is carried, or skipped, and never refused.
@Suite("Records of a later version")
struct NewerVersionTests {
    private static func value(_ type: String, _ data: String) -> [UInt8] {
        Array(
            #"{"specversion":"1.0","id":"x","source":"/command-service","type":"\#(type)","subject":"c-1","time":"2026-01-02T03:04:05.000000Z","correlationid":"a","later":{"a":[1]},"datacontenttype":"application/json","data":\#(data)}"#
                .utf8)
    }

    @Test("a code that is not known is carried as it came") func codes() throws {
        let value = Self.value(
            "CommandRejected",
            #"{"customerId":"c-1","commandId":"a","commandSource":"/s","commandHash":"00","code":"of-later","message":"why","later":1}"#
        )
        let message = try Message<Outcome>(decoding: value)
        #expect(message.body.result == .rejected(RejectionCode(rawValue: "of-later"), message: "why"))
        let again = try Message<Outcome>(decoding: message.encoded())
        #expect(again.body == message.body)
        let silent = Self.value(
            "CommandRejected", #"{"customerId":"c-1","commandId":"a","commandHash":"00","code":"of-later"}"#)
        guard case .rejected(_, let text) = try Message<Outcome>(decoding: silent).body.result else { return }
        #expect(!text.isEmpty)
    }

    @Test("so is why a customer left") func reasons() throws {
        let value = Self.value(
            "CustomerUnregistered",
            #"{"customerId":"c-1","version":2,"values":{"document":"D"},"reason":"of-later","later":true}"#
        )
        let message = try Message<CustomerEvent>(decoding: value)
        #expect(
            message.body.kind == .unregistered(.init(rawValue: "of-later"), loss: nil, wanted: nil, reusableFrom: .none)
        )
        #expect(try Message<CustomerEvent>(decoding: message.encoded()).body == message.body)
    }

    @Test("and how a request ended") func endings() throws {
        let value = Self.value(
            "RegistrationRejected", #"{"customerId":"c-1","process":"p","code":"of-later","later":null}"#)
        #expect(
            try Message<RegistrationEvent>(decoding: value).body.kind == .rejected(code: "of-later", nil))
    }

    @Test("a type that is not known is told apart from what is broken") func types() {
        let value = Self.value("OfALaterVersion", "{}")
        #expect(throws: MessageProblem.unknownType) { try Message<CustomerEvent>(decoding: value) }
        #expect(throws: MessageProblem.unknownType) { try Message<KeyAnswer>(decoding: value) }
        #expect(throws: MessageProblem.unknownType) { try Message<KeyWish>(decoding: value) }
        #expect(throws: MessageProblem.unknownType) { try Message<Outcome>(decoding: value) }
        #expect(throws: MessageProblem.unknownType) { try Message<RegistrationEvent>(decoding: value) }
    }
}
