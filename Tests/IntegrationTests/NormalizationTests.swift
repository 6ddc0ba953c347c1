import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

/// One spelling is claimed, reserved, and made an id of, whoever does it: otherwise two customers have one value.
@Suite("Every rule of normalization", Issues.counted) struct NormalizationTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        /// The attribute's, too.
        var name: String
        var rule: String
        /// As it is compared.
        var normalized: @Sendable (Int) -> String
        /// Two spellings of the number's value.
        var spellings: @Sendable (Int) -> [String]

        var testDescription: String { rule }
    }

    static let rules = [
        Rule(
            name: "code", rule: "alphanumeric", normalized: { "STRASSE\($0)" },
            spellings: { ["straße-\($0)", "Ｓtrasse. \($0.arabicIndic)/"] }),
        Rule(
            name: "phone", rule: "digits", normalized: { "0055\($0)" },
            spellings: { ["+00 (55) \($0)", "tel. 0055\($0.arabicIndic)"] }),
        Rule(
            name: "tax-number", rule: "digits=11",
            normalized: { String(repeating: "0", count: 11 - "\($0)".count) + "\($0)" },
            spellings: { ["\($0)", "0.0\($0)-"] }),
        Rule(
            name: "email", rule: "email", normalized: { "strasse.\($0)@example.com" },
            spellings: { ["Strasse.\($0)@Example.COM", " straße.\($0)@example.com\n"] }),
        Rule(
            name: "plate", rule: "trim", normalized: { "Zoë a-\($0)" },
            spellings: { ["\tZoë a-\($0)", "Zoe\u{308} a-\($0) "] }),
        // Each spelling is another value; the same one twice is all there is.
        Rule(
            name: "token", rule: "none", normalized: { " Zoe\u{308} \($0)/" },
            spellings: { [" Zoe\u{308} \($0)/", " Zoe\u{308} \($0)/"] }),
    ]

    private static let optional = ["compensate", "reserve"]
    private static let topics = Client.clientTopics + [.registrationEvents, .uniqueIndex]

    /// Each rule is the first one's once, and the second one's once.
    @Test(
        "through every strategy: two spellings of one value never have two holders", .hangLimit,
        arguments: 0..<rules.count)
    func strategies(first: Int) async throws {
        let rules = Self.rules[first...] + Self.rules[..<first]
        let attributes = rules.enumerated().map { index, rule in
            "{name: \(rule.name), normalize: \(rule.rule), required: \(index == 0)}"
        }
        let declaration = "{attributes: [\(attributes.joined(separator: ", "))], partitions: 12}"
        try await Deployments.own("normalization", declaration: declaration) { deployment in
            let client = try Client(deployment, reading: Self.topics, from: .beginning)
            var contests: [Contest] = []
            for (place, rule) in rules.prefix(2).enumerated() {
                let strategies = Self.optional + (place == 0 ? ["derived"] : [])
                for one in strategies {
                    for other in strategies {
                        let contest = Contest(rule, number: Unique.number())
                        // Both at once: either may come first.
                        for (strategy, spelling) in zip([one, other], rule.spellings(contest.number)) {
                            var values: [String: String?] = [rule.name: spelling]
                            if place > 0, let required = rules.first {
                                values[required.name] = required.normalized(Unique.number())
                            }
                            contest.ends.append(try client.begin(strategy, contest.key, values))
                        }
                        contests.append(contest)
                    }
                }
            }
            for contest in contests { for end in contest.ends { try end() } }
            try deployment.expectCleanAudit()
            try client.takeAll()
            let lives = client.lives()
            for contest in contests {
                let holders = lives.filter { $0.value.isActive && $0.value.has(contest.key) }.keys
                #expect(holders.count == 1, "\(contest.key.text) has \(holders.count) holders")
                let entry = client.seen.last { $0.topic == .uniqueIndex && $0.record.key == contest.key.bytes }
                #expect(entry?.data?["customerId"]?.text == holders.first)
                for spelling in contest.rule.spellings(contest.number) {
                    let value = spelling.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    let answer = try deployment.get(.projection, "/keys/\(contest.rule.name)/\(value)")
                    #expect(answer.json?["customerId"]?.text == holders.first, "\(answer)")
                }
            }
        }
    }
}

/// Two registrations that want one value.
private final class Contest {
    let rule: NormalizationTests.Rule
    let number: Int
    /// Each waits until one of them has ended.
    var ends: [() throws -> Void] = []

    init(_ rule: NormalizationTests.Rule, number: Int) {
        self.rule = rule
        self.number = number
    }

    var key: UniqueKey { UniqueKey(attribute: rule.name, value: rule.normalized(number)) }
}

extension Client {
    /// Begins a registration.
    /// - Parameter key: what the customer's id is made of, where it is.
    /// - Returns: what waits until it has ended.
    fileprivate func begin(_ strategy: String, _ key: UniqueKey, _ values: [String: String?]) throws -> () throws ->
        Void
    {
        let customer = strategy == "derived" ? NameID.customer(of: key).description : Unique.text(strategy)
        if strategy == "reserve" {
            let process = Self.process(customer, id: try request(customer, values))
            return { _ = try self.end(of: process) }
        }
        let command = try register(customer, values)
        return {
            if try self.outcome(ofCommand: command).type == "CommandRejected", strategy == "derived" { return }
            _ = try self.event(customer, 2)
        }
    }
}

extension Client.Life {
    /// By bytes: Swift takes different spellings of one character for the same text.
    fileprivate func has(_ key: UniqueKey) -> Bool {
        guard let value = values[key.attribute]?.text else { return false }
        return UniqueKey(attribute: key.attribute, value: value) == key
    }
}

extension Int {
    /// In Arabic-Indic digits.
    fileprivate var arabicIndic: String {
        String(String.UnicodeScalarView("\(self)".unicodeScalars.compactMap { Unicode.Scalar($0.value + 0x630) }))
    }
}
