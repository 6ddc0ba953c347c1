import EventLog
import Inquiries
import Messages
import Testing

@Suite("Customers with nearly the same id") struct SimilarCustomerTests {
    /// What is told of the customer, where these have a record each.
    private func told(of id: String, among others: [String]) -> [String] {
        var similar = SimilarCustomers(to: id, names: History.names, partitionCount: History.partitionCount)
        let places = similar.places
        for other in others {
            let key = Array(other.utf8)
            let place = TopicPartition(
                topic: History.names.name(.customerEvents),
                partition: Murmur2.partition(of: key, count: History.partitionCount))
            guard places[place] == .whole else { continue }
            similar.take(
                LogRecord(topic: place.topic, partition: place.partition, offset: 0, key: key, value: nil))
        }
        #expect(similar.json.count == similar.lines.count)
        return similar.lines.map { line in String(line.drop { $0 != "`" }.dropFirst().prefix { $0 != "`" }) }
    }

    @Test("quotes, white space and case are pointed out, from either side")
    func nearMisses() {
        for pair in [["ana", "\"ana\""], ["ana", "'ana'"], ["ana", " ana"], ["ana ", "ana"], ["Ana", "ANA"]] {
            #expect(told(of: pair[0], among: pair + ["anna", "an a"]) == [pair[1]])
            #expect(told(of: pair[1], among: pair + ["anna", "an a"]).contains(pair[0]) == (pair[1] != "ANA"))
        }
        #expect(told(of: "ana", among: ["ana", "anb"]) == [])
        #expect(told(of: "\"", among: ["\""]) == [])
    }

    @Test("for a key there is nothing to compare with") func ofAKey() {
        let similar = SimilarCustomers(to: nil, names: History.names, partitionCount: History.partitionCount)
        #expect(similar.places.isEmpty && similar.lines.isEmpty && similar.json.isEmpty)
    }
}
