import Messages
import Operations
import ServiceCores
import ServiceHost

/// What the read side answers over HTTP.
struct Queries: Sendable {
    let reading: StateReading

    var routes: [Route] {
        [
            Route("/documents/{document}") { document in
                try answer { try self.holder(of: document) }
            },
            Route("/customers/{id}") { id in
                try answer {
                    try reading.value(of: .projectionCustomers, table: CustomerView.table, key: Array(id.utf8))
                        .flatMap(CustomerView.init)?.json(customerID: id)
                }
            },
        ]
    }

    private func holder(of asked: String) throws -> [UInt8]? {
        let document = try reading.rules(of: .projectionIndex).normalization.normalize(asked) ?? asked
        let key = DocumentReference.uniqueKey(document)
        return try reading.value(of: .projectionIndex, table: DocumentEntry.table, key: key)
            .flatMap(DocumentEntry.init)?.json(document: document)
    }

    private func answer(_ find: () throws -> [UInt8]?) throws -> HTTPAnswer {
        do {
            guard let json = try find() else {
                return HTTPAnswer(status: 404, json: Array(#"{"error":"not-found"}"#.utf8))
            }
            return HTTPAnswer(status: 200, json: json)
        } catch is ProgramFailure {
            return HTTPAnswer(status: 503, json: Array(#"{"error":"starting"}"#.utf8))
        }
    }
}
