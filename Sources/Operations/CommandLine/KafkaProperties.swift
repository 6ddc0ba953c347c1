import Foundation

/// librdkafka properties as they were given: in the order of their first mention, the last value of each.
public struct KafkaProperties: Hashable, Sendable {
    public private(set) var names: [String] = []
    private var values: [String: String] = [:]

    public init() {}

    /// Without order.
    public var dictionary: [String: String] { values }

    public subscript(name: String) -> String? {
        get { values[name] }
        set {
            if newValue == nil { names.removeAll { $0 == name } } else if values[name] == nil { names.append(name) }
            values[name] = newValue
        }
    }

    /// Takes over all of the other's values, over its own.
    public mutating func merge(_ other: KafkaProperties) {
        for name in other.names { self[name] = other[name] }
    }

    /// With the values of secrets replaced by `***`: fit for a log.
    public var masked: [String: String] { maskedProperties(values) }
}

/// A property that can't be read. Never shows a value: it may be a secret.
public struct KafkaPropertyError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

extension KafkaProperties {
    /// Reads one `NAME=VALUE`. The value may contain `=`; white space around either is dropped.
    mutating func add(_ text: some StringProtocol, from place: String) throws(KafkaPropertyError) {
        guard let equals = text.firstIndex(of: "=") else {
            throw KafkaPropertyError(description: "\(place): there is no '='. Write NAME=VALUE")
        }
        let name = text[..<equals].trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty else {
            throw KafkaPropertyError(description: "\(place): there is no name before '='. Write NAME=VALUE")
        }
        self[name] = text[text.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    }

    /// Reads the values of `--kafka-property`.
    /// - Throws: for a value without `=` or without a name; says which one.
    public static func parse(arguments: [String]) throws(KafkaPropertyError) -> KafkaProperties {
        var properties = KafkaProperties()
        for (index, argument) in arguments.enumerated() {
            try properties.add(argument, from: "--kafka-property (number \(index + 1))")
        }
        return properties
    }

    /// Reads a file's text: one NAME=VALUE a line; empty lines and lines that begin with `#` are skipped.
    /// - Throws: for a line that is neither; names the file and the line.
    public static func parse(text: String, file: String) throws(KafkaPropertyError) -> KafkaProperties {
        var properties = KafkaProperties()
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let content = line.trimmingCharacters(in: .whitespaces)
            if content.isEmpty || content.hasPrefix("#") { continue }
            try properties.add(content, from: "\(file):\(index + 1)")
        }
        return properties
    }

    /// Reads a file.
    /// - Throws: when the file can't be read, is not UTF-8, or has a line that can't be understood.
    public static func parse(file: String) throws(KafkaPropertyError) -> KafkaProperties {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
            throw KafkaPropertyError(description: "can't read '\(file)': \(error.localizedDescription)")
        }
        guard var text = String(bytes: data, encoding: .utf8) else {
            throw KafkaPropertyError(description: "'\(file)' is not UTF-8 text")
        }
        if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        return try parse(text: text, file: file)
    }
}

/// Replaces the values of what may be secret by `***`: passwords, secrets, tokens, keys and all of `sasl.*`.
public func maskedProperties(_ properties: [String: String]) -> [String: String] {
    var masked = properties
    for name in properties.keys where isSecret(name) { masked[name] = "***" }
    return masked
}

private func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.hasPrefix("sasl.")
        || ["password", "passphrase", "secret", "token", ".key", "credential"].contains { name.contains($0) }
}
