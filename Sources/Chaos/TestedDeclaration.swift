import Foundation
import Messages

/// What a campaign's deployment declares: an attribute that everybody has, and one that some have.
enum TestedDeclaration {
    static let attributes = [
        UniqueAttribute(name: UniqueAttribute.document),
        UniqueAttribute(name: "email", normalize: .email, isRequired: false),
    ]

    /// - Returns: the file, for those who declare it.
    static func write(into folder: URL) throws -> URL {
        let file = folder.appendingPathComponent("declaration.yaml")
        let lines = attributes.flatMap { attribute in
            [
                "  - name: \(attribute.name)", "    normalize: \(attribute.normalize)",
                "    required: \(attribute.isRequired)",
            ]
        }
        try Data((["attributes:"] + lines + [""]).joined(separator: "\n").utf8).write(to: file)
        return file
    }
}
