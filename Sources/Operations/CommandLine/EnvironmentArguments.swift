/// A flag that can also be given as an environment variable.
public struct EnvironmentFlag: Hashable, Sendable {
    /// How the value of the variable becomes arguments.
    public enum Kind: Hashable, Sendable {
        /// `--name=VALUE`
        case value
        /// `--name=NAME=VALUE` for each librdkafka property of the value; see `PropertyLines`.
        case properties
        /// `--name` for `true`, `1`, `yes`; nothing for `false`, `0`, `no`.
        case toggle
    }

    /// The flag's long name without its dashes, such as `topic-prefix`.
    public let name: String
    public let kind: Kind
    /// The variables that are looked at; the first one that is set and not empty counts.
    public let variables: [String]

    /// - Parameters:
    ///   - name: the flag's long name without its dashes.
    ///   - variables: names of variables that come before the one that is made from the flag's name.
    public init(_ name: String, _ kind: Kind = .value, variables: [String] = []) {
        self.name = name
        self.kind = kind
        self.variables = variables + [Self.variable(of: name)]
    }

    /// `SOLEHOLDER_TOPIC_PREFIX` for `topic-prefix`.
    public static func variable(of name: String) -> String {
        "SOLEHOLDER_" + name.uppercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
    }

    /// The arguments that stand for the variable; none when it is not set, or empty.
    func arguments(in environment: [String: String]) -> [String] {
        guard let value = variables.lazy.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) else {
            return []
        }
        switch kind {
        case .value:
            return ["--\(name)=\(value)"]
        case .properties: return PropertyLines.split(value).map { "--\(name)=\($0)" }
        case .toggle:
            switch value.lowercased() {
            case "true", "1", "yes": return ["--\(name)"]
            case "false", "0", "no": return []
            default: return ["--\(name)=\(value)"]  // The parser refuses it, and names flag and value.
            }
        }
    }
}

/// Puts what the environment says before what the command line says, as arguments. The parser takes the last value of
/// an option, so a flag wins; of a repeatable option both count.
public enum EnvironmentArguments {
    /// - Parameters:
    ///   - arguments: the command line without the program's name.
    ///   - environment: variables by name; empty ones count as not set.
    ///   - flags: what the command knows. An unknown one would be refused by the parser.
    ///   - subcommands: the words that name subcommands, of all levels. When there are any, the arguments go behind
    ///     the words that the command line begins with; a command line that begins with none (`--help`) stays as it is.
    /// - Returns: the arguments to be parsed.
    public static func expand(
        arguments: [String], environment: [String: String], flags: [EnvironmentFlag], subcommands: [String] = []
    ) -> [String] {
        let path = arguments.prefix { subcommands.contains($0) }
        if !subcommands.isEmpty, path.isEmpty { return arguments }
        return path + flags.flatMap { $0.arguments(in: environment) } + arguments.dropFirst(path.count)
    }
}
