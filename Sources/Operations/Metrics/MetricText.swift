/// The kinds that Prometheus knows, of which we use these.
enum MetricKind: String {
    case counter, gauge, histogram
}

/// Something that measures, and can say what it measured.
protocol MetricInstrument: AnyObject, Sendable {
    static var kind: MetricKind { get }
    /// - Returns: samples: what the name gets appended, one more label if there is one, and the value.
    func samples() -> [(suffix: String, label: (String, String)?, value: String)]
}

/// All instruments of one name.
struct MetricFamily: Sendable {
    let kind: MetricKind
    var instruments: [MetricLabels: any MetricInstrument] = [:]

    init(kind: MetricKind) { self.kind = kind }

    func render(name: String) -> String {
        var text = "# TYPE \(name) \(kind.rawValue)\n"
        for (labels, instrument) in instruments.sorted(by: { $0.key.text < $1.key.text }) {
            for sample in instrument.samples() {
                text += "\(name)\(sample.suffix)\(labels.rendered(with: sample.label)) \(sample.value)\n"
            }
        }
        return text
    }
}

/// An instrument's labels, made legal, in the order of their names.
struct MetricLabels: Hashable, Sendable {
    /// `name="value",name="value"`, escaped; empty without labels.
    let text: String

    init(_ dimensions: [(String, String)]) {
        let legal = dimensions.map { (MetricName.ofLabel($0.0), $0.1) }
        let unique = Dictionary(legal, uniquingKeysWith: { _, last in last })
        text = unique.sorted { $0.key < $1.key }.map(Self.pair).joined(separator: ",")
    }

    func rendered(with extra: (String, String)?) -> String {
        let parts = [text] + (extra.map { [Self.pair($0.0, $0.1)] } ?? [])
        let inner = parts.filter { !$0.isEmpty }.joined(separator: ",")
        return inner.isEmpty ? "" : "{\(inner)}"
    }

    private static func pair(_ name: String, _ value: String) -> String {
        let escaped = value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return "\(name)=\"\(escaped)\""
    }
}

enum MetricName {
    /// Legal as a metric's name: whatever is not a letter, a digit, `_` or `:` becomes `_`.
    static func of(_ label: String, ending: String = "") -> String {
        let name = legal(label, allowsColon: true)
        return name.hasSuffix(ending) ? name : name + ending
    }

    /// Legal as a label's name, and not one that histograms need for themselves.
    static func ofLabel(_ label: String) -> String {
        let name = legal(label, allowsColon: false)
        return name == "le" || name.hasPrefix("__") ? "exported_" + name : name
    }

    private static func legal(_ text: String, allowsColon: Bool) -> String {
        let name = String(
            text.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": Character(scalar)
                case ":": allowsColon ? ":" : "_"
                default: "_"
                }
            })
        guard let first = name.unicodeScalars.first else { return "_" }
        return ("0"..."9").contains(first) ? "_" + name : name
    }
}

enum MetricValue {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }
}
