import Foundation
import Messages

/// The customers of a file with one JSON object on each line.
///
/// Lines end with LF, CR LF or CR, which can't stand within an object's texts unescaped. Blank lines are skipped.
struct NDJSONCustomers {
    private var window: ByteWindow
    private var line = 1
    private let columns: ColumnNames
    private let rules: RowRules

    init(_ window: ByteWindow, columns: ColumnNames, rules: RowRules) {
        self.window = window
        self.columns = columns
        self.rules = rules
    }

    mutating func next() throws(CustomerFileError) -> CustomerFileEntry? {
        skipping: while true {
            switch try window.skipBlankLine() {
            case .blankLine: line += 1
            case .content: break skipping
            case .end: return nil
            }
        }
        let current = line
        line += 1
        var length = 0
        while try window.byte(at: length) != nil, try window.lineEnd(at: length) == 0 {
            length += 1
            if length > ByteWindow.longestRow {
                try window.skipLine()
                return .unusable(UnusableRow(line: current, reason: CSVReader.tooLong))
            }
        }
        let bytes = Array(window.bytes(before: length))
        window.advance(by: length + (try window.lineEnd(at: length)))
        return entry(of: bytes, line: current)
    }

    private func entry(of bytes: [UInt8], line: Int) -> CustomerFileEntry {
        func unusable(_ reason: String) -> CustomerFileEntry { .unusable(UnusableRow(line: line, reason: reason)) }

        guard String(validating: bytes, as: UTF8.self) != nil else { return unusable(CSVCustomers.notUTF8) }
        // The decoder would guess UTF-16 from zero bytes.
        guard !bytes.contains(0), let members = try? JSONDecoder().decode([String: Member].self, from: Data(bytes))
        else { return unusable("not a JSON object") }

        let names = members.keys.sorted()
        func text(_ column: String) -> Text {
            let place = ColumnNames.places(of: column, in: names).first
            return place.flatMap { members[names[$0]] }?.text ?? .absent
        }
        var spellings: [String?] = []
        for attribute in rules.attributes {
            let column = columns.attributes[attribute.name] ?? attribute.name
            switch text(column) {
            case .value(let value): spellings.append(value)
            case .absent where attribute.isRequired:
                return unusable("no '\(column)'; the object has \(CustomerFileError.list(names))")
            case .absent: spellings.append(nil)
            case .wrong(let type): return unusable("'\(column)' is \(type): a value is text")
            }
        }
        let customerID: String?
        switch text(columns.customerID) {
        case .value(let value): customerID = value
        case .absent: customerID = nil
        case .wrong(let type): return unusable("'\(columns.customerID)' is \(type): a customer id is text")
        }
        let name: String?
        switch text(columns.name) {
        case .value(let value): name = value
        case .absent: name = nil
        case .wrong(let type): return unusable("'\(columns.name)' is \(type): a name is text")
        }
        return rules.check(line: line, spellings: spellings, customerID: customerID, name: name)
    }

    private enum Text {
        case value(String)
        case absent
        case wrong(type: String)
    }

    /// A member of an object, as far as we need to know it.
    private struct Member: Decodable {
        let text: Text

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                text = .absent
            } else if let value = try? container.decode(String.self) {
                text = .value(value)
            } else if (try? container.decode(Bool.self)) != nil {
                text = .wrong(type: "true or false")
            } else if (try? decoder.unkeyedContainer()) != nil {
                text = .wrong(type: "an array")
            } else if (try? decoder.container(keyedBy: NoKey.self)) != nil {
                text = .wrong(type: "an object")
            } else if (try? container.decode(Double.self)) != nil {
                text = .wrong(type: "a number")
            } else {
                // Half a surrogate pair, or a number beyond all bounds.
                text = .wrong(type: "unreadable")
            }
        }
    }

    private enum NoKey: CodingKey {}
}
