/// A plan drawn from a seed: so many registrations, of which an exact share repeats documents of others.
///
/// Every customer id is new, so all registrations count. It keeps four bytes for each of them and makes the rest when
/// asked.
public struct GeneratedPlan: RegistrationPlan {
    public let seed: UInt64
    public let expectations: Expectations
    /// For each place the number of its document, and whether that document came before.
    private let documents: [UInt32]
    private let variety: SpellingVariety
    private let maker: DocumentMaker
    private let ids: SeededIDs

    private static let cameBefore: UInt32 = 1 << 31

    /// Draws a plan.
    ///
    /// - Parameters:
    ///   - commands: how many registrations; 1 to 2,000,000,000.
    ///   - duplicateRatio: the share of them whose document another one has too, from 0 to below 1. The number is
    ///     rounded, and at least one document is left: 20,000 with 0.1 have 18,000 documents.
    ///   - seed: another seed gives other documents, customers and commands.
    ///   - variety: whether documents come back in other spellings.
    /// - Throws: ``PlanError`` if a number is out of range.
    public init(
        commands: Int, duplicateRatio: Double, seed: UInt64, variety: SpellingVariety = .varied
    ) throws(PlanError) {
        guard (1...PlanError.greatestCount).contains(commands) else { throw .countOutOfRange(commands) }
        guard duplicateRatio >= 0, duplicateRatio < 1 else {
            throw .ratioOutOfRange(name: "duplicate ratio", value: duplicateRatio)
        }
        let duplicates = min(Int((Double(commands) * duplicateRatio).rounded()), commands - 1)
        let distinct = commands - duplicates

        var generator = SeededGenerator(seed: seed)
        var documents: [UInt32] = []
        documents.reserveCapacity(commands)
        for number in 0..<distinct { documents.append(UInt32(number)) }
        for _ in 0..<duplicates { documents.append(UInt32(generator.below(distinct))) }
        generator.shuffle(&documents)
        var seen = [Bool](repeating: false, count: distinct)
        for place in documents.indices {
            let number = Int(documents[place])
            if seen[number] { documents[place] |= Self.cameBefore }
            seen[number] = true
        }
        self.documents = documents
        self.seed = seed
        self.variety = variety
        maker = DocumentMaker(seed: seed)
        ids = SeededIDs(seed: seed)
        expectations = Expectations(
            confirmed: distinct, compensated: duplicates, rejected: 0, distinctDocuments: distinct)
    }

    public var count: Int { documents.count }
    public var unusableRows: [UnusableRow] { [] }

    public func registration(at index: Int) -> Registration {
        let entry = documents[index]
        let document = maker.document(Int(entry & ~Self.cameBefore))
        var generator = SeededGenerator(seed: SeededGenerator.mix(seed) ^ UInt64(index))
        let name = NameMaker.name(with: &generator)
        var spelled = document
        if variety == .varied, entry & Self.cameBefore != 0, generator.chance(3, of: 4) {
            spelled = DocumentMaker.respell(document, with: &generator)
        }
        return Registration(
            index: index, customerID: ids.customerID(at: index), document: spelled, normalizedDocument: document,
            name: name, commandID: ids.commandID(at: index), isRepeatedCustomer: false, line: nil)
    }

    public func index(ofCommand id: String) -> Int? {
        ids.index(ofCommand: id).flatMap { $0 < count ? $0 : nil }
    }

    public func index(ofCustomer id: String) -> Int? {
        ids.index(ofCustomer: id).flatMap { $0 < count ? $0 : nil }
    }

    public func firstIndex(ofCustomerAt index: Int) -> Int { index }
    public func repeats(ofCustomerAt index: Int) -> [Int] { [] }
}
