import EventLog
import Testing

@testable import Simulation

/// How a group's leader shares out what there is.
@Suite struct ConsumerAssignmentTests {
    @Test(arguments: [(4, 1), (4, 2), (4, 3), (3, 4), (12, 5), (0, 2)] as [(Int32, Int)])
    func sharesAreEvenAndWhole(partitions: Int32, members: Int) {
        let names = (0..<members).map { "m\($0)" }
        let shares = RangeAssignment.make(
            names.reversed().map { (memberID: $0, topics: ["b", "a"]) }, ["a": partitions, "b": partitions])
        #expect(shares.keys.sorted() == names)
        #expect(
            shares.values.flatMap { $0 }.sorted() == places("a", 0..<partitions) + places("b", 0..<partitions))
        let sizes = shares.values.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 2)
        // In the order of the members, the same for both topics, whose partitions are together sorted.
        for topic in ["a", "b"] {
            let inOrder = names.flatMap { (shares[$0] ?? []).filter { $0.topic == topic }.map(\.partition) }
            #expect(inOrder == (0..<partitions).map { $0 })
        }
        for share in shares.values { #expect(share == share.sorted()) }
    }

    @Test func whoDoesNotReadATopicGetsNothingOfIt() {
        let shares = RangeAssignment.make(
            [(memberID: "x", topics: ["a"]), (memberID: "y", topics: ["a", "b", "unknown"])], ["a": 2, "b": 2])
        #expect(shares["x"] == places("a", 0..<1))
        #expect(shares["y"] == places("a", 1..<2) + places("b", 0..<2))
    }

    @Test func whatIsWrittenCanBeRead() {
        let topics = ["a", "b"]
        #expect(ConsumerProtocol.topics(ofSubscription: ConsumerProtocol.subscription(topics)) == topics)
        let all = places("a", 0..<3) + places("b", 1..<2)
        #expect(ConsumerProtocol.places(ofAssignment: ConsumerProtocol.assignment(all)) == all)
        #expect(ConsumerProtocol.places(ofAssignment: ConsumerProtocol.assignment([])) == [])
        for bytes: [UInt8] in [[], [0], [0, 0, 0, 0, 0, 9, 1]] {
            #expect(ConsumerProtocol.places(ofAssignment: bytes) == [])
            #expect(ConsumerProtocol.topics(ofSubscription: bytes) == [])
        }
    }
}
