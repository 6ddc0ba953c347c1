public import Messages

/// A plan of the customers in a file, in the file's order.
///
/// The rows are kept in memory, some 200 bytes each; the file itself is not.
public struct FilePlan: RegistrationPlan {
    public let seed: UInt64
    public let expectations: Expectations
    public let unusableRows: [UnusableRow]
    private let rows: [CustomerRow]
    private let customers: CustomerDirectory
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
        var customers = CustomerDirectory()
        var counter = ExpectationCounter(strategy: .compensate)
        let groups = ValueGroups(rows.lazy.map(\.values))
        for (index, row) in rows.enumerated() {
            let isFirst = customers.add(customer: row.customerID ?? ids.customerID(at: index), at: index)
            counter.add(row.values, group: groups.group(of: index), isFirst: isFirst)
        }
        self.rows = rows
        self.unusableRows = unusableRows
        self.seed = seed
        self.ids = ids
        self.customers = customers
        expectations = counter.expectations(isExact: true)
    }

    /// What people's tools and customs did to the values.
    /// - Parameter attributes: the declared ones.
    public func review(_ attributes: [UniqueAttribute]) -> [FileFinding] {
        var review = FileReview(attributes)
        for row in rows { review.add(row) }
        return review.findings()
    }

    /// How many rows bring a customer id of their own.
    public var givenCustomerIDCount: Int { rows.count { $0.customerID != nil } }
    public var count: Int { rows.count }

    public func registration(at index: Int) -> Registration {
        let row = rows[index]
        return Registration(
            index: index, customerID: row.customerID ?? ids.customerID(at: index), values: row.values,
            spellings: row.spellings, name: row.name, commandID: ids.commandID(at: index),
            isRepeatedCustomer: customers.isRepeat(index), line: row.line)
    }

    public func index(ofCommand id: String) -> Int? {
        ids.index(ofCommand: id).flatMap { $0 < count ? $0 : nil }
    }

    public func index(ofCustomer id: String) -> Int? { customers.index(ofCustomer: id) }
    public func firstIndex(ofCustomerAt index: Int) -> Int { customers.firstIndex(ofCustomerAt: index) }
    public func repeats(ofCustomerAt index: Int) -> [Int] { customers.repeats(ofCustomerAt: index) }
}
