import Foundation
import Messages

/// What a campaign's deployment declares: an attribute that everybody has, and one that some have.
enum TestedDeclaration {
    static let attributes = [
        UniqueAttribute(name: UniqueAttribute.document),
        UniqueAttribute(name: "email", normalize: .email, isRequired: false),
    ]

    /// How many attributes are added while a campaign runs: each makes every claim that names it longer.
    static let mostAdded = 3

    /// What an operator declares next.
    /// - Parameter added: how many attributes there are besides.
    static func attributes(added: Int, seed: Int) -> [UniqueAttribute] {
        let rules: [ReuseRule] = [.immediately, .never, .after(.seconds(1)), .after(.seconds(20))]
        var attributes = attributes
        for index in attributes.indices { attributes[index].reuse = rules[abs(seed / (index + 1)) % rules.count] }
        return attributes
            + (0..<added).map { UniqueAttribute(name: "added-\($0 + 1)", normalize: .trim, isRequired: false) }
    }

    /// - Returns: the file, for those who declare it.
    static func write(
        _ attributes: [UniqueAttribute] = attributes, into folder: URL, as name: String = "declaration.yaml"
    ) throws -> URL {
        let file = folder.appendingPathComponent(name)
        let lines = attributes.flatMap { attribute in
            [
                "  - name: \(attribute.name)", "    normalize: \(attribute.normalize)",
                "    reuse: \(attribute.reuse)", "    required: \(attribute.isRequired)",
            ]
        }
        try Data((["attributes:"] + lines + [""]).joined(separator: "\n").utf8).write(to: file)
        return file
    }
}
