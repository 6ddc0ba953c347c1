import Messages
import TestProcesses

/// A person's values, as nobody else has them.
struct Person {
    let document = Unique.document().normalized
    let email = Unique.text("person") + "@example.com"

    var values: [String: String?] { ["document": document, "email": email] }
    var json: JSON { ["document": .string(document), "email": .string(email)] }
}

extension Client {
    /// Registers a customer, and waits until it is confirmed.
    func confirm(_ customer: String, _ values: [String: String?]) throws {
        try register(customer, values)
        let event = try event(customer, 2)
        if event.type != "CustomerConfirmed" { throw Failure("\(customer) was not confirmed: \(event.type ?? "?")") }
    }

    /// The code that a command was refused with; nil when it was accepted.
    func code(ofCommand id: String) throws -> JSON? { try outcome(ofCommand: id).data?["code"] }
}
