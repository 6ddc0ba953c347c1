import Messages

/// The customers of a CSV file.
struct CSVCustomers {
    private var reader: CSVReader
    private let columnCount: Int
    /// For each attribute.
    private let valuePlaces: [Int?]
    private let customerIDPlace: Int?
    private let namePlace: Int?
    private let rules: RowRules
    let separator: Separator

    /// Reads the header.
    ///
    /// - Parameter separator: what the file itself tells when nil.
    /// - Throws: ``CustomerFileError`` if the header is missing, broken, or lacks a column.
    init(
        _ window: ByteWindow, path: String, separator: Separator?, columns: ColumnNames, rules: RowRules
    ) throws(CustomerFileError) {
        var window = window
        var line = 1
        // Blank lines may come before the header.
        while try window.skipBlankLine() == .blankLine { line += 1 }
        let declared = Separator.declared(by: try window.firstLine())
        if declared != nil {
            try window.skipLine()
            line += 1
            while try window.skipBlankLine() == .blankLine { line += 1 }
        }
        let wanted =
            rules.attributes.map { columns.attributes[$0.name] ?? $0.name } + [columns.customerID, columns.name]
        let separator =
            if let told = separator ?? declared { told } else {
                Separator.found(in: try window.firstLine(), wanted: wanted)
            }
        self.separator = separator
        var reader = CSVReader(window, separator: separator, line: line)
        let header: [String]
        switch try reader.next() {
        case nil:
            throw .noHeader(path: path)
        case .broken(let line, let reason):
            throw .brokenHeader(path: path, line: line, reason: reason)
        case .row(let line, let fields):
            guard let texts = Self.texts(fields) else {
                throw .brokenHeader(path: path, line: line, reason: Self.notUTF8)
            }
            header = texts
        }
        func place(of column: String) throws(CustomerFileError) -> Int? {
            let places = ColumnNames.places(of: column, in: header)
            guard places.count < 2 else { throw .ambiguousColumn(path: path, column: column, seen: header) }
            return places.first
        }
        /// - Parameter usual: the name under which it may be missing.
        func place(of column: String, insteadOf usual: String?) throws(CustomerFileError) -> Int? {
            let place = try place(of: column)
            guard place != nil || column == usual else {
                throw .missingColumn(path: path, column: column, seen: header)
            }
            return place
        }
        var valuePlaces: [Int?] = []
        for attribute in rules.attributes {
            let column = columns.attributes[attribute.name]
            valuePlaces.append(
                try place(
                    of: column ?? attribute.name,
                    insteadOf: attribute.isRequired || column != nil ? nil : attribute.name))
        }
        self.valuePlaces = valuePlaces
        customerIDPlace = try place(of: columns.customerID, insteadOf: ColumnNames.contract.customerID)
        namePlace = try place(of: columns.name, insteadOf: ColumnNames.contract.name)
        columnCount = header.count
        self.reader = reader
        self.rules = rules
    }

    mutating func next() throws(CustomerFileError) -> CustomerFileEntry? {
        guard let entry = try reader.next() else { return nil }
        switch entry {
        case .broken(let line, let reason):
            return .unusable(UnusableRow(line: line, reason: reason))
        case .row(let line, let fields):
            guard let texts = Self.texts(fields) else {
                return .unusable(UnusableRow(line: line, reason: Self.notUTF8))
            }
            guard texts.count == columnCount else {
                let reason = "wrong number of fields: \(texts.count), where the header has \(columnCount)"
                return .unusable(UnusableRow(line: line, reason: reason))
            }
            return rules.check(
                line: line, spellings: valuePlaces.map { $0.map { texts[$0] } },
                customerID: customerIDPlace.map { texts[$0] }, name: namePlace.map { texts[$0] })
        }
    }

    /// The fields as texts; nil if one of them is not UTF-8.
    private static func texts(_ fields: [[UInt8]]) -> [String]? {
        var texts: [String] = []
        texts.reserveCapacity(fields.count)
        for field in fields {
            guard let text = String(validating: field, as: UTF8.self) else { return nil }
            texts.append(text)
        }
        return texts
    }

    static let notUTF8 = "bytes that are no text"
}
