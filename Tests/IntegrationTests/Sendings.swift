import EventLog
import Foundation
import Messages
import TestProcesses

/// A record that somebody may send, and what must come of it.
struct Sending {
    enum Fate: Equatable {
        case rejected(String)
        case accepted
        /// Nobody can be answered.
        case deadLetter
    }

    var what: String
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [RecordHeader]
    var fate: Fate
    /// The id that the outcome names; nil for the record's own place.
    var id: String?
    var source = "/tests"
}

/// What is sent, each under a customer, an id and a document of its own.
struct Sendings {
    private(set) var all: [Sending] = []

    /// A record as it is.
    mutating func raw(
        _ what: String, _ fate: Sending.Fate, key: [UInt8]? = Array(Unique.text("c").utf8), value: [UInt8]?,
        headers: [RecordHeader] = Client.structured, id: String? = "?", source: String = "/tests"
    ) {
        all.append(
            Sending(what: what, key: key, value: value, headers: headers, fate: fate, id: id, source: source))
    }

    mutating func text(_ what: String, _ fate: Sending.Fate, _ value: String) {
        raw(what, fate, value: Array(value.utf8))
    }

    /// An envelope with some members replaced (by JSON) or left out.
    mutating func command(
        _ what: String, _ fate: Sending.Fate, _ changes: [(String, String?)] = [], data: String? = nil,
        key: String = Unique.text("c"), id: String? = Unique.text("bad"), source: String = "/tests",
        headers: [RecordHeader] = Client.structured, more: String = ""
    ) {
        let document = Unique.document().spelled
        var members: [(String, String)] = [
            ("specversion", "\"1.0\""), ("source", quoted(source)), ("type", "\"RegisterCustomer\""),
            ("subject", quoted(key)), ("data", data ?? Client.data(["document": document])),
        ]
        if let id { members.append(("id", quoted(id))) }
        for (name, json) in changes {
            members.removeAll { $0.0 == name }
            if let json { members.append((name, json)) }
        }
        let body = members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",")
        raw(
            what, fate, key: Array(key.utf8), value: Array("{\(body)\(more)}".utf8), headers: headers, id: id,
            source: source)
    }

    /// Binary mode.
    mutating func binary(
        _ what: String, _ fate: Sending.Fate, type: String? = "RegisterCustomer", value: String? = nil,
        id: String? = Unique.text("bad"), contentType: String? = "application/json", more: [RecordHeader] = []
    ) {
        let value = value ?? Client.data(["document": Unique.document().spelled])
        var headers = [RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_source", "/tests")]
        if let type { headers.append(RecordHeader("ce_type", type)) }
        if let id { headers.append(RecordHeader("ce_id", id)) }
        if let contentType { headers.append(RecordHeader("content-type", contentType)) }
        raw(what, fate, value: Array(value.utf8), headers: headers + more, id: id)
    }
}

extension Sendings {
    static var unreadable: Sendings {
        var list = Sendings()
        let good = Client.envelope(
            "RegisterCustomer", customer: "c", id: "x", data: #"{"values":{"document":"1"}}"#
        ).replacing(#""subject":"c","#, with: "")
        list.text("not JSON", .deadLetter, "hello")
        list.text("half of JSON", .deadLetter, #"{"id":"x","type":"Reg"#)
        list.text("a JSON array", .deadLetter, "[\(good)]")
        list.text("a JSON string", .deadLetter, "\"hello\"")
        list.text("an empty value", .deadLetter, "")
        list.text("something after the object", .deadLetter, good + "x")
        list.text("a byte-order mark", .deadLetter, "\u{FEFF}" + good)
        list.text(
            "an unclosed nesting of 10,000", .deadLetter, #"{"id":"x","deep":"# + String(repeating: "[", count: 10_000))
        list.text("one megabyte of nothing", .deadLetter, String(repeating: "x", count: 1_040_000))
        list.raw("a null value", .deadLetter, value: nil)
        list.raw(
            "invalid UTF-8", .deadLetter,
            value: Array(good.utf8.dropLast()) + Array(",\"x\":\"".utf8) + [0xFF, 0x22, 0x7D])
        list.raw("no key", .deadLetter, key: nil, value: Array(good.utf8))
        list.raw("an empty key", .deadLetter, key: [], value: Array(good.utf8))
        list.raw("a key of 129 bytes", .deadLetter, key: Array(repeating: 0x63, count: 129), value: Array(good.utf8))
        list.raw("a key with a control character", .deadLetter, key: Array("c\u{7}1".utf8), value: Array(good.utf8))
        list.raw("a key with a line separator", .deadLetter, key: Array("c\u{2028}1".utf8), value: Array(good.utf8))
        list.raw("a key of invalid UTF-8", .deadLetter, key: [0x63, 0xC3], value: Array(good.utf8))
        list.raw(
            "two content types", .deadLetter, value: Array(good.utf8),
            headers: Client.structured + [RecordHeader("content-type", "application/json")])
        list.raw(
            "another envelope's content type", .deadLetter, value: Array(good.utf8),
            headers: [RecordHeader("content-type", "application/cloudevents+avro")])
        list.command("an id that is a number", .deadLetter, [("id", "7")])
        list.command("an id of 257 bytes", .deadLetter, id: String(repeating: "i", count: 257))
        list.command("an id with a control character", .deadLetter, id: Unique.text("bad\u{1}"))
        list.command("an id with a lone surrogate", .deadLetter, [("id", #""\ud800""#)])
        list.command("two ids", .deadLetter, more: #","id":"other""#)
        list.binary("two ids in headers", .deadLetter, more: [RecordHeader("ce_id", "other")])
        return list
    }

    static var refused: Sendings {
        var list = Sendings()
        list.command("no data", .rejected("malformed"), [("data", nil)])
        list.command("null data", .rejected("malformed"), [("data", "null")])
        list.command("an array as data", .rejected("malformed"), [("data", "[1]")])
        list.command("a text as data", .rejected("malformed"), [("data", #""values""#)])
        list.command("no values", .rejected("malformed"), data: "{}")
        list.command("a value beside `values`", .rejected("malformed"), data: #"{"document":"1"}"#)
        for values in ["null", "1", #""document""#, "[]", #"["document"]"#, "[{}]"] {
            list.command("\(values) as values", .rejected("malformed"), data: "{\"values\":\(values)}")
        }
        list.command(
            "values twice", .rejected("malformed"), data: #"{"values":{"document":"1"},"values":{"document":"1"}}"#)
        list.command("no document", .rejected("invalid-value"), data: #"{"values":{}}"#)
        list.command("a null document", .rejected("invalid-value"), data: #"{"values":{"document":null}}"#)
        for document in ["52998224725", "true", "{}", "[]", #"["1"]"#] {
            list.command(
                "\(document) as document", .rejected("malformed"), data: "{\"values\":{\"document\":\(document)}}")
        }
        list.command(
            "two documents", .rejected("malformed"), data: #"{"values":{"document":"1","document":"2"}}"#)
        list.command(
            "two documents, one of them escaped", .rejected("malformed"),
            data: #"{"values":{"document":"1","\u0064ocument":"1"}}"#)
        list.command("an empty document", .rejected("invalid-value"), data: Client.data(["document": ""]))
        list.command("a document of signs alone", .rejected("invalid-value"), data: Client.data(["document": " -./ "]))
        list.command(
            "a document of 65 scalars", .rejected("invalid-value"),
            data: Client.data(["document": String(repeating: "9", count: 65)]))
        for name in ["shoe-size", "Document", "", "name", "document "] {
            list.command(
                "a value of `\(name)`, which is not declared", .rejected("invalid-value"),
                data: Client.data(["document": Unique.document().spelled, name: "1"]))
        }
        list.command(
            "a null of what is not declared", .rejected("invalid-value"),
            data: Client.data(["document": Unique.document().spelled, "shoe-size": nil]))
        list.command("no type", .rejected("malformed"), [("type", nil)])
        list.command("a null type", .rejected("malformed"), [("type", "null")])
        list.command("a number as type", .rejected("malformed"), [("type", "7")])
        list.command("a type that nobody knows", .rejected("unknown-type"), [("type", #""PraiseCustomer""#)])
        list.command("a type in another case", .rejected("unknown-type"), [("type", #""registercustomer""#)])
        list.command(
            "a change before the registration", .rejected("not-registered"), [("type", #""ChangeCustomer""#)])
        for type in ["ConfirmCustomer", "ConfirmChange", "RejectChange", "StartRegistration"] {
            list.command("\(type) on the clients' topic", .rejected("not-allowed"), [("type", quoted(type))])
        }
        for member in [#""reservation":"r""#, #""version":1"#, #""attribute":"document""#, #""heldBy":"c-1""#] {
            list.command(
                "RegisterCustomer with \(member)", .rejected("not-allowed"),
                data: Client.data(["document": Unique.document().spelled], more: ",\(member)"))
            list.command(
                "UnregisterCustomer with \(member)", .rejected("not-allowed"), [("type", #""UnregisterCustomer""#)],
                data: "{\(member)}")
        }
        list.command("another subject", .rejected("malformed"), [("subject", #""somebody""#)])
        list.command("a number as subject", .rejected("malformed"), [("subject", "7")])
        list.command(
            "another customer id", .rejected("malformed"), data: #"{"values":{"document":"1"},"customerId":"somebody"}"#
        )
        list.command(
            "a number as customer id", .rejected("malformed"), data: #"{"values":{"document":"1"},"customerId":7}"#)
        list.command(
            "a name of 257 characters", .rejected("malformed"),
            data: Client.data(["document": "1"], name: String(repeating: "ñ", count: 257)))
        list.command(
            "a name with U+0000", .rejected("malformed"), data: #"{"values":{"document":"1"},"name":"a\u0000b"}"#)
        list.command("a number as name", .rejected("malformed"), data: #"{"values":{"document":"1"},"name":7}"#)
        list.command(
            "a source of 257 bytes", .rejected("malformed"), source: String(repeating: "s", count: 257))
        list.command("a source with a control character", .rejected("malformed"), source: "/te\u{1}sts")
        list.command(
            "a correlation id of 257 bytes", .rejected("malformed"),
            [("correlationid", quoted(String(repeating: "c", count: 257)))])
        list.command("a correlation id with a control character", .rejected("malformed"), [("correlationid", #""\n""#)])
        list.command("a value of 64 KiB and one byte", .rejected("malformed"), more: Self.filling(to: 65_537))
        list.command(
            "a value just below what the topic takes", .rejected("malformed"), more: Self.filling(to: 1_047_000))
        list.binary("binary mode without a type", .rejected("malformed"), type: nil)
        list.binary("binary mode with a value that is not JSON", .rejected("malformed"), value: "hello")
        list.binary("binary mode with another content type", .rejected("malformed"), contentType: "text/plain")
        list.binary("binary mode with two types", .rejected("malformed"), more: [RecordHeader("ce_type", "Other")])
        return list
    }

    static var taken: Sendings {
        var list = Sendings()
        func data(name: String? = nil, more: String = "") -> String {
            Client.data(["document": Unique.document().spelled], name: name, more: more)
        }
        list.command("nothing wrong", .accepted)
        list.command("no content type", .accepted, headers: [])
        list.command(
            "a content type in capitals", .accepted,
            headers: [RecordHeader("Content-Type", "Application/CloudEvents+JSON")])
        list.binary("binary mode", .accepted)
        list.binary("binary mode with a character set", .accepted, contentType: "application/json; charset=utf-8")
        list.binary("binary mode without a content type", .accepted, contentType: nil)
        list.command(
            "only type and data", .accepted, [("specversion", nil), ("subject", nil), ("source", nil)], source: "")
        list.command("no id", .accepted, id: nil)
        list.command("a null id", .accepted, [("id", "null")], id: nil)
        list.command("an empty id", .accepted, [("id", #""""#)], id: nil)
        list.binary("binary mode without id", .accepted, id: nil)
        list.command("null name", .accepted, data: data(more: #","name":null"#))
        list.command("null reservation", .accepted, data: data(more: #","reservation":null"#))
        list.command(
            "a name of 256 characters", .accepted,
            data: data(name: String(repeating: "ñ", count: 256)))
        list.command(
            "64 scalars", .accepted,
            data: Client.data([
                "document": String((Unique.document().normalized + String(repeating: "7", count: 64)).prefix(64))
            ]))
        list.command("an id of 256 bytes", .accepted, id: Unique.text(String(repeating: "i", count: 256)).suffix256)
        list.command("a source of 256 bytes", .accepted, source: String(repeating: "s", count: 256))
        list.command(
            "a key of 128 bytes", .accepted,
            key: Unique.text(String(repeating: "k", count: 128)).suffix(128).description)
        list.command("a key in other scripts", .accepted, key: Unique.text("客户 é/e\u{301}"))
        list.command("a value of 64 KiB", .accepted, more: Self.filling(to: 65_536))
        list.command(
            "a nesting of 10,000 where nobody looks", .accepted,
            more: #","deep":"# + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000))
        list.command(
            "unknown attributes and fields", .accepted, data: data(more: #","vip":true,"tags":[{}]"#),
            more: #","priority":7"#)
        list.command(
            "customer id and subject", .accepted, data: data(more: #","customerId":"same""#),
            key: "same")
        list.command(
            "unknown headers", .accepted,
            headers: Client.structured + [
                RecordHeader("x", "1"), RecordHeader("x", "2"), RecordHeader(name: "y", value: nil),
            ])
        return list
    }

    /// Marks that stand for as many bytes as the whole value then needs; filled in when it is sent.
    private static func filling(to size: Int) -> String { ",\"filling\":\"\(size)~\"" }
}

extension String {
    fileprivate var suffix256: String { String(suffix(256)) }
}

extension [UInt8] {
    /// Blows the filling up, so that the value gets its size.
    var filled: [UInt8] {
        let text = String(decoding: self, as: UTF8.self)
        guard let match = text.firstMatch(of: /"filling":"(\d+)~"/), let size = Int(match.1) else { return self }
        let room = size - (text.utf8.count - match.1.utf8.count - 1)
        return Array(text.replacing("\"\(match.1)~\"", with: "\"\(String(repeating: "f", count: room))\"").utf8)
    }
}
