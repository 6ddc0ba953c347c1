/// What must come of a plan's registrations once all have settled, however they race.
///
/// Only the first registration of a customer id counts: a customer's commands are decided in the order in which they
/// were sent, and a second registration is rejected whether the first won its document or not. Each document that is
/// left has one winner, whoever it is; every other first registration of it is compensated.
public struct Expectations: Hashable, Sendable, Codable {
    /// Customers confirmed: the distinct documents among the first registrations.
    public var confirmed: Int
    /// Customers undone: the other first registrations.
    public var compensated: Int
    /// Commands rejected: the registrations of customer ids that came before.
    public var rejected: Int
    /// Distinct documents among all registrations, those to be rejected included. Not part of the report's `expected`.
    public var distinctDocuments: Int

    public init(confirmed: Int, compensated: Int, rejected: Int, distinctDocuments: Int) {
        self.confirmed = confirmed
        self.compensated = compensated
        self.rejected = rejected
        self.distinctDocuments = distinctDocuments
    }

    /// Counts registrations one by one; they must be in the order in which they are sent.
    public init(of registrations: some Sequence<Registration>) {
        var customers: Set<ExactText> = []
        var documents: Set<ExactText> = []
        var contested: Set<ExactText> = []
        var count = 0
        for registration in registrations {
            count += 1
            let document = ExactText(registration.normalizedDocument)
            documents.insert(document)
            if customers.insert(ExactText(registration.customerID)).inserted { contested.insert(document) }
        }
        self.init(
            confirmed: contested.count, compensated: customers.count - contested.count,
            rejected: count - customers.count, distinctDocuments: documents.count)
    }
}
