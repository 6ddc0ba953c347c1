import DeclarationFiles
import EventLog
import Foundation
import Messages
import Testing

/// The declaration as the contract has it, section 2: what is read, what counts, what may follow.
@Suite struct DeclarationTests {
    static let standard = Declaration.standard()

    /// A declaration of the attributes `document` and more.
    static func declaration(
        reuse: ReuseRule = .immediately, normalize: NormalizationRule = .alphanumeric, partitions: Int32 = 12,
        more: [UniqueAttribute] = []
    ) -> Declaration {
        Declaration(
            attributes: [UniqueAttribute(name: "document", normalize: normalize, reuse: reuse)] + more,
            partitions: partitions)
    }

    // MARK: Files

    @Test("what is left out has the contract's defaults") func defaults() throws {
        let least = try DeclarationFile.parse("attributes:\n  - name: document\n")
        #expect(least == Self.standard)
        #expect(least.partitions == 12)
        #expect(
            least.attributes == [
                UniqueAttribute(
                    name: "document", normalize: .alphanumeric, reuse: .immediately, isRequired: true)
            ])
    }

    @Test("a whole declaration is read, from YAML and from JSON") func whole() throws {
        let yaml = """
            attributes:                     # in the order in which they are claimed
              - name: document
                normalize: digits=11
                reuse: after=90d
                required: true
              - {name: e-mail2, normalize: email, reuse: never, required: false}
            partitions: 3
            """
        let json = """
            {"attributes":[{"name":"document","normalize":"digits=11","reuse":"after=90d","required":true},
            {"name":"e-mail2","normalize":"email","reuse":"never","required":false}],"partitions":3}
            """
        let expected = Declaration(
            attributes: [
                UniqueAttribute(
                    name: "document", normalize: .digits(length: 11), reuse: .after(.seconds(90 * 86_400))),
                UniqueAttribute(name: "e-mail2", normalize: .email, reuse: .never, isRequired: false),
            ], partitions: 3)
        #expect(try DeclarationFile.parse(yaml) == expected)
        #expect(try DeclarationFile.parse(json) == expected)
    }

    @Test(
        "what is wrong is refused, with its line",
        arguments: [
            ("", 1, "there is nothing in it"),
            ("attributes: [\n", 2, "no YAML"),
            ("attributes:\n  - name: a\n partitions: 3\n", 3, "no YAML"),
            ("- a\n", 1, "a declaration has the members"),
            ("partitions: 3\n", 1, "`attributes` is missing"),
            ("attributes:\n", 1, "`attributes` is missing"),
            ("document\n", 1, "a declaration has the members"),
            ("{\n", 2, "no YAML"),
            ("attributes:\n  - document\n", 2, "an attribute has the members"),
            ("attributes:\n  document: {}\n", 2, "not a list"),
            ("attributes:\n  - {}\n", 2, "has no `name`"),
            ("attributes:\n  - name:\n", 2, "has no `name`"),
            ("attributes:\n  - name: 5\n", 2, "`name` must be a text"),
            ("attributes:\n  - name: [a]\n", 2, "`name` must be a text"),
            ("attributes:\n  - name: ''\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: -a\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: a_b\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: a:b\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: é\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: document\n  - name: name\n", 3, "`name` is the customer's name"),
            (
                "attributes:\n  - name: a\n  - name: b\n    # twice\n  - name: b\n", 5,
                "the attribute `b` is there twice"
            ),
            ("attributes:\n  - name: a\n    normalize: [trim]\n", 3, "`normalize` must be a text"),
            ("attributes:\n  - name: a\n    normalize: digits=65\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    normalize: digits = 11\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    normalize: Email\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    normalize: ''\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    reuse: sometimes\n", 3, "`reuse` of `a`"),
            ("attributes:\n  - name: a\n    reuse: after=1w\n", 3, "`reuse` of `a`"),
            ("attributes:\n  - name: a\n    reuse: after=99999999d\n", 3, "`reuse` of `a`"),
            ("attributes:\n  - name: a\n    required: 1\n", 3, "true or false"),
            ("attributes:\n  - name: a\nrevision: 1\n", 3, "no member `revision`"),
            ("attributes:\n  - name: a\n    name: b\n", nil, "there twice"),
            ("attributes:\n  - name: a\npartitions: -1\n", 3, "`partitions`"),
            ("attributes:\n  - name: a\npartitions: 1.5\n", 3, "`partitions`"),
            ("attributes:\n  - name: a\npartitions: 99999999999999999999\n", 3, "`partitions`"),
            ("attributes:\n  - name: a\n? [b]\n: 1\n", 3, "name is no text"),
            ("attributes:\n  - name: a\n--- \nattributes: []\n", nil, "no YAML"),
            ("attributes: document\n", 1, "not a list"),
            ("attributes: []\n", 1, "has 0"),
            ("attributes:\n  - name: Document\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: 1d\n", 2, "can't name an attribute"),
            ("attributes:\n  - name: abcdefghijklmnopqrstuvwxyz0123456\n", 2, "can't name an attribute"),
            ("attributes:\n  - normalize: trim\n", 2, "has no `name`"),
            ("attributes:\n  - name: a\n    normalize: most\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    normalize: digits=0\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    normalize: digits=011\n", 3, "`normalize` of `a`"),
            ("attributes:\n  - name: a\n    reuse: after=90\n", 3, "`reuse` of `a`"),
            ("attributes:\n  - name: a\n    required: maybe\n", 3, "true or false"),
            ("attributes:\n  - name: a\n    required: false\n", 2, "the first attribute is always required"),
            ("attributes:\n  - name: a\n  - name: b\n  - name: a\n", 4, "the attribute `a` is there twice"),
            ("attributes:\n  - name: a\n    normalise: trim\n", 3, "no member `normalise`"),
            ("attributes:\n  - name: a\npartitions: 0\n", 3, "`partitions`"),
            ("attributes:\n  - name: a\npartitions: 1001\n", 3, "`partitions`"),
            ("attributes:\n  - name: a\npartitions: \"12\"\n", 3, "`partitions`"),
            ("attributes:\n  - name: a\npartitions: 3\npartitions: 3\n", nil, "there twice"),
            ("attributes: &a\n  - name: a\nmore: *a\n", 3, "more"),
        ] as [(String, Int?, String)])
    func refused(text: String, line: Int?, words: String) {
        do {
            _ = try DeclarationFile.parse(text)
            Issue.record("it was taken: \(text)")
        } catch {
            #expect(error.detail.contains(words), "\(error)")
            if let line { #expect(error.line == line, "\(error)") }
        }
    }

    @Test("more than 16 attributes are refused") func tooMany() throws {
        func text(_ count: Int) -> String {
            "attributes:\n" + (1...count).map { "  - name: a\($0)\n" }.joined()
        }
        #expect(try DeclarationFile.parse(text(16)).attributes.count == 16)
        #expect(throws: DeclarationProblem.self) { try DeclarationFile.parse(text(17)) }
    }

    @Test("a file that can't be read is named, one that can is read") func files() throws {
        do {
            _ = try DeclarationFile.read(path: "/nowhere/declaration.yaml")
            Issue.record("it was read")
        } catch { #expect(error.detail.contains("/nowhere/declaration.yaml")) }
        let path = NSTemporaryDirectory() + "declaration-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func read(_ bytes: [UInt8]) throws -> Declaration {
            try Data(bytes).write(to: URL(filePath: path))
            return try DeclarationFile.read(path: path)
        }
        #expect(try read(Array("attributes: [{name: document}]\n".utf8)) == Self.standard)
        do {
            _ = try read(Array("attributes:\n  - name: A\n".utf8))
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains("\(path), line 2: `A` can't name an attribute")) }
        #expect(throws: DeclarationProblem.self) { try read([0xFF, 0xFE]) }
        #expect(throws: DeclarationProblem.self) { try read([UInt8](repeating: 0x20, count: 65_537)) }
    }

    @Test("from when a value can be taken again follows from its attribute's rule and the event's time")
    func reuseTimes() {
        let day = UniqueAttribute(name: "plate", reuse: .after(.seconds(86_400)), isRequired: false)
        let never = UniqueAttribute(name: "vin", reuse: .never, isRequired: false)
        let declaration = Self.declaration(more: [day, never])
        let later = Self.time.advanced(by: .seconds(86_400))
        #expect(
            declaration.reuseTimes(
                of: values(["document": "a", "plate": "b", "vin": "c", "unknown": "d"]), givenUpAt: Self.time)
                == ReuseTimes([.init(attribute: "plate", from: .time(later)), .init(attribute: "vin", from: .never)]))
        #expect(declaration.reuseTimes(of: values(["document": "a"]), givenUpAt: Self.time).isEmpty)
    }

    // MARK: The topic

    private static let time = Timestamp(microseconds: 1_700_000_000_000_000)

    static func record(
        _ revision: Int64, _ declaration: Declaration, offset: Int64 = 0, isBeforeAnyRecord: Bool = false
    ) -> LogRecord {
        let declared = DeploymentDeclared(
            revision: revision, declaration: declaration, isBeforeAnyRecord: isBeforeAnyRecord)
        let record = declared.record(id: "id-\(offset)", source: "/t", time: time, in: DeploymentNames(prefix: "p."))
        return LogRecord(
            topic: record.topic, partition: 0, offset: offset, key: record.key, value: record.value,
            headers: record.headers)
    }

    static func history(_ records: [LogRecord]) -> DeclarationHistory {
        var history = DeclarationHistory()
        for record in records { history.take(record) }
        return history
    }

    @Test("a record is the envelope without subject and key, with the file's members in its data")
    func recordOnTheWire() {
        let record = Self.record(1, Self.declaration(reuse: .never, partitions: 3))
        #expect(record.topic == "p.deployment" && record.key == nil)
        #expect(
            record.headers == [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")])
        #expect(
            String(decoding: record.value ?? [], as: UTF8.self)
                == #"{"specversion":"1.0","id":"id-0","source":"/t","type":"DeploymentDeclared","#
                + #""time":"2023-11-14T22:13:20.000000Z","correlationid":"id-0","datacontenttype":"application/json","#
                + #""data":{"revision":1,"attributes":[{"name":"document","normalize":"alphanumeric","#
                + #""reuse":"never","required":true}],"partitions":3}}"#)
        #expect(Self.history([record]).current?.declaration == Self.declaration(reuse: .never, partitions: 3))
    }

    @Test("the first valid record counts, then each that names the next revision and is allowed") func whatCounts() {
        let email = UniqueAttribute(name: "email", normalize: .email, isRequired: false)
        let records = [
            Self.record(1, Self.standard, offset: 5),
            // Two operators at once: the second one does not count.
            Self.record(1, Self.declaration(reuse: .never), offset: 6),
            Self.record(3, Self.declaration(reuse: .never), offset: 7),
            Self.record(2, Self.declaration(reuse: .never), offset: 8),
            Self.record(2, Self.standard, offset: 9),
            Self.record(3, Self.declaration(reuse: .never, partitions: 24), offset: 10),
            Self.record(3, Self.declaration(reuse: .never, normalize: .trim), offset: 11),
            Self.record(3, Self.declaration(more: [email]), offset: 12),
            Self.record(4, Self.standard, offset: 13),
            Self.record(
                4, Self.declaration(more: [email, UniqueAttribute(name: "tax", isRequired: true)]), offset: 14),
        ]
        let history = Self.history(records)
        #expect(history.current == .init(revision: 3, declaration: Self.declaration(more: [email])))
        #expect(history.ignored.map(\.offset) == [6, 7, 9, 10, 11, 13, 14])
    }

    @Test("what is no declaration does not count, whoever wrote it") func foreignRecords() throws {
        var keyed = Self.record(1, Self.standard, offset: 3)
        keyed.key = Array("k".utf8)
        func value(_ text: String, _ offset: Int64) -> LogRecord {
            LogRecord(topic: "p.deployment", partition: 0, offset: offset, key: nil, value: Array(text.utf8))
        }
        let valid = try #require(Self.record(1, Self.standard).value)
        let text = String(decoding: valid, as: UTF8.self)
        let nested = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        let records = [
            LogRecord(topic: "p.deployment", partition: 0, offset: 0, key: nil, value: nil),
            value("hello", 1), value("{}", 2), keyed,
            value(text.replacing("DeploymentDeclared", with: "RegisterCustomer"), 4),
            value(text.replacing(#""revision":1"#, with: #""revision":0"#), 5),
            value(text.replacing(#""revision":1"#, with: #""revision":"1""#), 6),
            value(text.replacing(#""partitions":12"#, with: #""partitions":-1"#), 7),
            value(text.replacing(#""partitions":12"#, with: #""deep":\#(nested),"partitions":12"#), 8),
            value(text.replacing(#""name":"document""#, with: #""name":"Document""#), 11),
            value(text.replacing(#""name":"document""#, with: #""name":"name""#), 12),
            value(text.replacing(#""required":true"#, with: #""required":false"#), 13),
            value(text.replacing(#"[{"name":"#, with: #"[{"name":"document"},{"name":"#), 14),
            value(text.replacing("alphanumeric", with: "most"), 15),
            value(text.replacing(#""time":"2"#, with: #""time":"x"#), 16),
            LogRecord(topic: "p.deployment", partition: 0, offset: 17, key: nil, value: [0xFF]),
            value(String(repeating: "{", count: 1_000_000), 18),
            // What a newer version adds is passed over.
            value(text.replacing(#""partitions":12"#, with: #""later":true,"partitions":12"#), 9),
            LogRecord(topic: "p.deployment", partition: 0, offset: 10, key: nil, value: nil),
        ]
        let history = Self.history(records)
        #expect(history.current == .init(revision: 1, declaration: Self.standard))
        #expect(history.ignored.map(\.offset) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 10])
        #expect(history.ignored.last?.why == "it is a tombstone")
    }

    @Test("before any other record, everything but the number of partitions can be changed") func beforeAnyRecord() {
        let other = Declaration(attributes: [UniqueAttribute(name: "tax-number", normalize: .digits(length: nil))])
        var more = other
        more.partitions = 3
        let history = Self.history([
            Self.record(1, Self.standard, offset: 0), Self.record(2, other, offset: 1),
            Self.record(2, other, offset: 2, isBeforeAnyRecord: true),
            Self.record(3, more, offset: 3, isBeforeAnyRecord: true),
        ])
        #expect(history.current == .init(revision: 2, declaration: other))
        #expect(history.ignored.map(\.offset) == [1, 3])
    }

    // MARK: What an operator asks for

    private func step(
        _ wish: DeclarationWish, after history: DeclarationHistory = DeclarationHistory(), counts: [Topic: Int32] = [:],
        use: Declaration.Use = .inUse
    ) throws -> DeclarationWish.Step {
        try wish.step(after: history, partitionCounts: counts, use: use)
    }

    @Test("without anything there the standard declaration is written, or what is asked for") func first() throws {
        func first(_ declaration: Declaration) -> DeclarationWish.Step {
            .write(DeploymentDeclared(revision: 1, declaration: declaration))
        }
        #expect(try step(DeclarationWish()) == first(Self.standard))
        #expect(try step(DeclarationWish(partitions: 3)) == first(.standard(partitions: 3)))
        let never = Self.declaration(reuse: .never, partitions: 5)
        #expect(try step(DeclarationWish(declaration: never)) == first(never))
        #expect(try step(DeclarationWish(declaration: never, partitions: 5)) == first(never))
        #expect(throws: DeclarationProblem.self) { try step(DeclarationWish(declaration: never, partitions: 6)) }
        // Topics that are there decide with it.
        #expect(throws: DeclarationProblem.self) {
            try step(DeclarationWish(partitions: 6), counts: [.customerEvents: 3])
        }
        #expect(
            try step(DeclarationWish(partitions: 3), counts: [.customerEvents: 3, .deployment: 1])
                == first(.standard(partitions: 3)))
    }

    @Test("what counts already is not written again; what is not allowed is refused") func later() throws {
        let history = Self.history([Self.record(1, .standard(partitions: 3))])
        #expect(try step(DeclarationWish(), after: history) == .keep(.standard(partitions: 3)))
        #expect(try step(DeclarationWish(partitions: 3), after: history) == .keep(.standard(partitions: 3)))
        for use in [Declaration.Use.inUse, .nothingWritten] {
            #expect(throws: DeclarationProblem.self) {
                try step(DeclarationWish(partitions: 6), after: history, use: use)
            }
        }
        let never = Self.declaration(reuse: .never, partitions: 3)
        #expect(
            try step(DeclarationWish(declaration: never), after: history)
                == .write(DeploymentDeclared(revision: 2, declaration: never)))
        let trim = DeclarationWish(declaration: Self.declaration(normalize: .trim, partitions: 3))
        #expect(throws: DeclarationProblem.self) { try step(trim, after: history) }
        guard case .write(let declared) = try step(trim, after: history, use: .nothingWritten) else {
            Issue.record("it is not written")
            return
        }
        #expect(declared.isBeforeAnyRecord && declared.revision == 2)
    }

    @Test("topics with another number of partitions are named, all of them") func otherCounts() throws {
        let fine = Dictionary(uniqueKeysWithValues: Topic.allCases.map { ($0, $0.partitionCount(declared: 12)) })
        try Self.standard.check(fine)
        var more = fine
        more[.uniqueClaims] = 24
        more[.deployment] = 2
        do {
            try Self.standard.check(more)
            Issue.record("nothing is refused")
        } catch {
            #expect(error.detail.contains("12 partitions are declared, but deployment has 2, unique-claims has 24"))
        }
    }
}
