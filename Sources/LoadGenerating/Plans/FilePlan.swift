/// A plan of the customers in a file, in the file's order.
///
/// The rows are kept in memory, some 200 bytes each; the file itself is not.
public struct FilePlan: RegistrationPlan {
    public let seed: UInt64
    public let expectations: Expectations
    public let unusableRows: [UnusableRow]
    private let rows: [CustomerRow]
    private let firsts: [ExactText: Int]
    /// For each repeat, the first registration of its customer.
    private let firstOfRepeat: [Int: Int]
    private let repeatsOfFirst: [Int: [Int]]
    private let ids: SeededIDs

    /// Reads a file to its end.
    ///
    /// - Parameters:
    ///   - file: the rows that are left of it.
    ///   - seed: the ids of the commands, and of customers without one, are derived from it and the row's place.
    /// - Throws: ``CustomerFileError`` if reading on fails.
    public init(reading file: inout CustomerFile, seed: UInt64) throws(CustomerFileError) {
        var rows: [CustomerRow] = []
        var unusable: [UnusableRow] = []
        while let entry = try file.next() {
            switch entry {
            case .usable(let row): rows.append(row)
            case .unusable(let row): unusable.append(row)
            }
        }
        self.init(rows: rows, unusableRows: unusable, seed: seed)
    }

    /// A plan of rows that were read already.
    public init(rows: [CustomerRow], unusableRows: [UnusableRow] = [], seed: UInt64) {
        let ids = SeededIDs(seed: seed)
        var firsts: [ExactText: Int] = [:]
        var firstOfRepeat: [Int: Int] = [:]
        var repeatsOfFirst: [Int: [Int]] = [:]
        var documents: Set<ExactText> = []
        var contested: Set<ExactText> = []
        for (index, row) in rows.enumerated() {
            let document = ExactText(row.normalizedDocument)
            documents.insert(document)
            let customer = ExactText(row.customerID ?? ids.customerID(at: index))
            if let first = firsts[customer] {
                firstOfRepeat[index] = first
                repeatsOfFirst[first, default: []].append(index)
            } else {
                firsts[customer] = index
                contested.insert(document)
            }
        }
        self.rows = rows
        self.unusableRows = unusableRows
        self.seed = seed
        self.ids = ids
        self.firsts = firsts
        self.firstOfRepeat = firstOfRepeat
        self.repeatsOfFirst = repeatsOfFirst
        expectations = Expectations(
            confirmed: contested.count, compensated: firsts.count - contested.count,
            rejected: firstOfRepeat.count, distinctDocuments: documents.count)
    }

    public var count: Int { rows.count }

    public func registration(at index: Int) -> Registration {
        let row = rows[index]
        return Registration(
            index: index, customerID: row.customerID ?? ids.customerID(at: index), document: row.document,
            normalizedDocument: row.normalizedDocument, name: row.name, commandID: ids.commandID(at: index),
            isRepeatedCustomer: firstOfRepeat[index] != nil, line: row.line)
    }

    public func index(ofCommand id: String) -> Int? {
        ids.index(ofCommand: id).flatMap { $0 < count ? $0 : nil }
    }

    public func index(ofCustomer id: String) -> Int? { firsts[ExactText(id)] }
    public func firstIndex(ofCustomerAt index: Int) -> Int { firstOfRepeat[index] ?? index }
    public func repeats(ofCustomerAt index: Int) -> [Int] { repeatsOfFirst[index] ?? [] }
}
