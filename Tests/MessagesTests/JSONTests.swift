import Foundation
import Testing

@testable import Messages

@Suite("JSON")
struct JSONTests {
    private static func parses(_ text: String) -> Bool { (try? JSONObject(Array(text.utf8))) != nil }

    @Test(
        "What RFC 8259 allows is read",
        arguments: [
            "{}", " \t\r\n{ } \n", #"{"a":1}"#, #"{"a":-0}"#, #"{"a":0.5e+10,"b":1E-2,"c":-1.0}"#, #"{"a":[]}"#,
            #"{"a":[ ],"b":{ }}"#, #"{"a":[1,[2,[3]],{"b":[{}]}]}"#, #"{"a":true,"b":false,"c":null}"#,
            #"{"":""}"#, #"{"a":"\"\\\/\b\f\n\r\t\u00e9"}"#, #"{"a":"\ud83d\ude00"}"#, #"{"a":"é😀"}"#,
            #"{"a":"\u0000"}"#, #"{"a":"\ud800"}"#, #"{"a":123456789012345678901234567890}"#, "{\"a\":\"\u{7f}\"}",
            #"{"a":1,"a":2}"#, "{\"a\":\"\u{2028}\"}",
        ])
    func valid(text: String) throws {
        #expect(Self.parses(text))
        if !text.contains(#"\ud800"#) {
            #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil, "Foundation disagrees")
        }
    }

    @Test(
        "What it does not allow is refused",
        arguments: [
            "", " ", "null", "1", "[]", #""a""#, "{", "}", "{}}", "{}x", "{} {}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
            #"{,"a":1}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#,
            #"{"a":1e+}"#, #"{"a":-}"#, #"{"a":0x1}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":tru}"#, #"{"a":TRUE}"#,
            #"{"a":nul}"#, #"{"a":truex}"#, #"{"a":"}"#, #"{"a":"\"}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#,
            #"{"a":"\u12g4"}"#, #"{"a":"\u"}"#, #"{"a":[}"#, #"{"a":[1}"#, #"{"a":[1,]}"#, #"{"a":[,1]}"#,
            #"{"a":[1 2]}"#, #"{"a":{]}"#, #"{"a":{"b"}}"#, #"{"a":{"b":1,}}"#, #"{"a":{"b":1]}"#, #"{"a":1 "b":2}"#,
            "{\"a\":\"\n\"}", "{\"a\":\"\u{0}\"}", "{\"a\":\"\u{1f}\"}", "\u{FEFF}{}", "{\u{0}}", "{}\u{0}",
            "{\u{A0}}", "{/**/}", #"{"a":1}//"#, #"{"a":--1}"#, #"{"a":1.2.3}"#, #"{"a"::1}"#, #"{"a":1,,"b":2}"#,
        ])
    func invalid(text: String) { #expect(!Self.parses(text)) }

    @Test(
        "What is not UTF-8 is refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3]] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect((try? JSONObject(Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8))) == nil)
        #expect((try? JSONObject(Array(#"{"a":1}"#.utf8) + bytes)) == nil)
    }

    @Test("Members are found as text, numbers, lists and objects") func members() throws {
        let object = try JSONObject(
            Array(
                #"{"t":"x\n\ud83d\ude00\/","e\u0073c":"k","n":-12,"f":1.0,"big":9223372036854775808,"l":["a","\u0062"],"o":{"p":{"q":"r"}},"z":null,"d":1,"d":1,"s":"\ud800","s2":"\ud800x","s3":"\udc00","s4":"\ud800\u0041","m":["a",1],"empty":[]}"#
                    .utf8))
        #expect(object.text("t") == "x\n😀/")
        #expect(object.text("esc") == "k")
        #expect(object.integer("n") == -12)
        #expect(object.integer("f") == nil && object.integer("big") == nil && object.integer("t") == nil)
        #expect(object.texts("l") == ["a", "b"])
        #expect(object.texts("m") == nil && object.texts("t") == nil && object.texts("absent") == nil)
        #expect(object.texts("empty") == [])
        #expect(object.object("o")?.object("p")?.text("q") == "r")
        #expect(object.object("t") == nil)
        #expect(object.field("z") == .absent && object.field("absent") == .absent)
        #expect(object.field("n") == .unusable("`n` is not a string"))
        #expect(object.field("d") == .unusable("`d` is there twice"))
        for name in ["s", "s2", "s3", "s4"] { #expect(object.field(name) == .unusable("`\(name)` is not valid text")) }
        #expect(try object.element("o").map { String(decoding: object.raw($0), as: UTF8.self) } == #"{"p":{"q":"r"}}"#)
    }

    @Test("A name in another spelling is the same name") func escapedNames() throws {
        let object = try JSONObject(Array(#"{"id":"1","\u0069d":"2"}"#.utf8))
        #expect(object.field("id") == .unusable("`id` is there twice"))
    }

    @Test("Nesting 100,000 deep does no harm") func depth() {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let inner = open == "[" ? "" : "1"
            let deep = String(repeating: open, count: 100_000) + inner + String(repeating: close, count: 100_000)
            #expect(Self.parses(#"{"x":\#(deep)}"#))
            #expect(!Self.parses(#"{"x":\#(deep.dropLast())}"#))
        }
        #expect(!Self.parses(#"{"x":"# + String(repeating: "[", count: 100_000)))
    }

    private static let sample =
        #"{"specversion":"1.0","id":"a\u00e9\ud83d\ude00","n":[1,-2.5e3,{"x":null,"y":[true,false]}],"data":{"document":"52é","l":["a"]}}"#

    @Test("Cut anywhere, it is refused") func truncated() {
        let bytes = Array(Self.sample.utf8)
        #expect((try? JSONObject(bytes)) != nil)
        for count in 0..<bytes.count { #expect((try? JSONObject(Array(bytes.prefix(count)))) == nil, "\(count)") }
    }

    @Test("Mutated at random, it never crashes, and what is read is JSON", arguments: 0..<4) func fuzz(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        let special = Array(#"{}[]",:\u0123456789eE+-.tfn "#.utf8) + [0, 0x1F, 0x80, 0xC3, 0xED, 0xFF]
        for _ in 0..<4_000 {
            var bytes = Array(Self.sample.utf8)
            for _ in 0...generator.below(6) {
                let index = generator.below(bytes.count)
                switch generator.below(4) {
                case 0: bytes[index] = special[generator.below(special.count)]
                case 1: bytes.insert(special[generator.below(special.count)], at: index)
                case 2: bytes.remove(at: index)
                default: bytes.replaceSubrange(index..., with: bytes[generator.below(bytes.count)...])
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            guard let object = try? JSONObject(bytes) else { continue }
            for name in ["id", "n", "data", "l", "x"] {
                _ = object.field(name)
                _ = object.integer(name)
                _ = object.texts(name)
                _ = object.object(name)?.texts("l")
            }
            // Foundation refuses lone surrogates as well; they are the one thing where the two may differ.
            if !String(decoding: bytes, as: UTF8.self).lowercased().contains(#"\ud"#) {
                let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
                #expect(isJSON, "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test("What is written is escaped as RFC 8785 asks, and read back") func writer() throws {
        let text = String(String.UnicodeScalarView((0..<0x80).compactMap { Unicode.Scalar(UInt32($0)) })) + "é\u{2028}😀"
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("t", text)
        writer.member("absent", nil as String?)
        writer.member("n", Int64.min)
        writer.member("b", true)
        writer.member("l", ["a\"", ""])
        writer.member("e", [])
        writer.beginObject("o")
        writer.endObject()
        writer.member("j", json: Array("[1]".utf8))
        writer.endObject()
        let object = try JSONObject(writer.bytes)
        #expect(object.text("t") == text)
        #expect(object.integer("n") == Int64.min)
        #expect(object.texts("l") == ["a\"", ""])
        let written = String(decoding: writer.bytes, as: UTF8.self)
        #expect(written.contains(#"\u0000\u0001"#) && written.contains(#"\b\t\n\u000b\f\r\u000e"#))
        #expect(written.contains("\u{7f}é\u{2028}😀") && written.contains("./0"))
        #expect(written.hasSuffix(#""b":true,"l":["a\"",""],"e":[],"o":{},"j":[1]}"#))
    }
}
