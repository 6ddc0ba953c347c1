public import Messages

/// A plan drawn from a seed: so many registrations, of which an exact share repeats values of others.
///
/// Every customer id is new, so all registrations count. A *duplicate* repeats the value of one attribute of somebody, or
/// all of them. What is repeated of one person always includes one attribute, drawn by the seed: so one of them wins,
/// whoever it is, and it is known in advance how many do. The plan keeps four bytes for each registration and makes the
/// rest when asked.
public struct GeneratedPlan: RegistrationPlan {
    public let seed: UInt64
    public private(set) var expectations: Expectations
    /// For each place the number of its person, and whether that person came before.
    private let people: [UInt32]
    private let distinct: Int
    private let makers: [ValueMaker]
    private let ids: SeededIDs

    private static let cameBefore: UInt32 = 1 << 31

    /// Draws a plan.
    ///
    /// - Parameters:
    ///   - commands: how many registrations; 1 to 2,000,000,000.
    ///   - duplicateRatio: the share of them that repeats somebody's values, from 0 to below 1. The number is rounded, and
    ///     at least one person is left: 20,000 with 0.1 are 18,000 people.
    ///   - seed: another seed gives other values, customers and commands.
    ///   - attributes: what each registration has a value of: always if it is required, else mostly.
    /// - Throws: ``PlanError`` if a number is out of range, or an attribute has too few values.
    public init(
        commands: Int, duplicateRatio: Double, seed: UInt64, attributes: [UniqueAttribute]
    ) throws(PlanError) {
        guard (1...PlanError.greatestCount).contains(commands) else { throw .countOutOfRange(commands) }
        guard duplicateRatio >= 0, duplicateRatio < 1 else {
            throw .ratioOutOfRange(name: "duplicate ratio", value: duplicateRatio)
        }
        let duplicates = min(Int((Double(commands) * duplicateRatio).rounded()), commands - 1)
        distinct = commands - duplicates
        makers = attributes.map { ValueMaker(of: $0, seed: seed) }
        // What a duplicate does not repeat is new, and numbered behind the people by its place.
        let needed = attributes.count > 1 ? distinct + commands : distinct
        for maker in makers {
            if let most = maker.valueCount, most < needed {
                throw .tooFewValues(attribute: maker.attribute.name, most: most, needed: needed)
            }
        }

        var generator = SeededGenerator(seed: seed)
        var people: [UInt32] = []
        people.reserveCapacity(commands)
        for number in 0..<distinct { people.append(UInt32(number)) }
        for _ in 0..<duplicates { people.append(UInt32(generator.below(distinct))) }
        generator.shuffle(&people)
        var seen = [Bool](repeating: false, count: distinct)
        for place in people.indices {
            let number = Int(people[place])
            if seen[number] { people[place] |= Self.cameBefore }
            seen[number] = true
        }
        self.people = people
        self.seed = seed
        ids = SeededIDs(seed: seed)
        expectations = Expectations(
            confirmed: distinct, compensated: duplicates, rejected: 0, distinctDocuments: distinct)
        guard makers.count > 1 else { return }
        expectations.distinctDocuments += people.indices.count {
            people[$0] & Self.cameBefore != 0 && draw(at: $0).first?.isRepeat == false
        }
    }

    public var count: Int { people.count }
    public var unusableRows: [UnusableRow] { [] }

    public func registration(at index: Int) -> Registration {
        var generator = SeededGenerator(seed: SeededGenerator.mix(seed) ^ UInt64(index))
        let name = NameMaker.name(with: &generator)
        var keys: [UniqueKey] = []
        var spellings: [String] = []
        for drawn in draw(at: index) {
            let maker = makers[drawn.attribute]
            let value = maker.value(drawn.number)
            keys.append(UniqueKey(attribute: maker.attribute.name, value: value))
            let isRespelled = drawn.isRepeat && generator.chance(3, of: 4)
            spellings.append(isRespelled ? maker.respell(value, with: &generator) : value)
        }
        return Registration(
            index: index, customerID: ids.customerID(at: index), values: UniqueValues(keys), spellings: spellings,
            name: name, commandID: ids.commandID(at: index), isRepeatedCustomer: false, line: nil)
    }

    private struct DrawnValue {
        var attribute: Int
        var number: Int
        var isRepeat = false
    }

    /// Which values the registration at a place has, in the declared order.
    private func draw(at index: Int) -> [DrawnValue] {
        let person = Int(people[index] & ~Self.cameBefore)
        let isDuplicate = people[index] & Self.cameBefore != 0
        guard makers.count > 1 else { return [DrawnValue(attribute: 0, number: person, isRepeat: isDuplicate)] }
        var generator = SeededGenerator(seed: SeededGenerator.mix(seed ^ 0x7065_6F70_6C65) ^ UInt64(person))
        let whole = attributes(with: &generator).map {
            DrawnValue(attribute: $0, number: person, isRepeat: isDuplicate)
        }
        guard isDuplicate else { return whole }
        let contested = generator.pick(whole)
        generator = SeededGenerator(seed: SeededGenerator.mix(seed ^ 0x7265_7065_6174) ^ UInt64(index))
        if generator.chance(1, of: 3) { return whole }
        var others = attributes(with: &generator).map { DrawnValue(attribute: $0, number: distinct + index) }
        guard let contested else { return others }
        others.removeAll { $0.attribute == contested.attribute }
        others.insert(contested, at: others.firstIndex { $0.attribute > contested.attribute } ?? others.count)
        return others
    }

    /// The attributes that somebody has a value of.
    private func attributes(with generator: inout SeededGenerator) -> [Int] {
        makers.indices.filter { makers[$0].attribute.isRequired || generator.chance(3, of: 4) }
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
