/// Which registrations are for the same customer.
struct CustomerDirectory: Sendable {
    private var firsts: [ExactText: Int] = [:]
    /// For each repeat, the first registration of its customer.
    private var firstOfRepeat: [Int: Int] = [:]
    private var repeatsOfFirst: [Int: [Int]] = [:]

    /// Registrations of customers that came before.
    var repeatCount: Int { firstOfRepeat.count }

    /// Adds a registration behind those that were added before.
    ///
    /// - Returns: whether it is its customer's first.
    mutating func add(customer id: String, at index: Int) -> Bool {
        let customer = ExactText(id)
        guard let first = firsts[customer] else {
            firsts[customer] = index
            return true
        }
        firstOfRepeat[index] = first
        repeatsOfFirst[first, default: []].append(index)
        return false
    }

    func isRepeat(_ index: Int) -> Bool { firstOfRepeat[index] != nil }
    func index(ofCustomer id: String) -> Int? { firsts[ExactText(id)] }
    func firstIndex(ofCustomerAt index: Int) -> Int { firstOfRepeat[index] ?? index }
    func repeats(ofCustomerAt index: Int) -> [Int] { repeatsOfFirst[index] ?? [] }
}
