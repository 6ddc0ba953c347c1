import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// What operators are told of producers and transactions (KIP-664).
@Suite("Looking at transactions") struct IntrospectionTests {
    @Test("an open transaction is listed and described, and so are its producers")
    func transactions() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let id = stage.transactionalID()
            let client = try stage.client()
            try client.write(["before"], to: place)
            let producer = try stage.producer(id, timeoutMs: 45_000)
            func described() throws -> DescribeTransactionsResponse.Transaction {
                let answer = try client.transactions(id).call(DescribeTransactionsRequest(transactionalIDs: [id]))
                return try #require(answer.transactions.first)
            }
            func listed(_ states: [String] = []) throws -> ListTransactionsResponse.Transaction? {
                try client.transactions(id).call(
                    ListTransactionsRequest(stateFilters: states, producerIDFilters: [], durationFilterMs: -1)
                ).transactions.first { $0.transactionalID == id }
            }
            #expect(try described().state == "Empty")

            try producer.transact(["a"], to: place)
            let open = try described()
            #expect(open.errorCode == .none)
            #expect(open.state == "Ongoing")
            #expect(open.timeoutMs == 45_000)
            #expect(open.producerID == producer.producerID)
            #expect(open.producerEpoch == producer.epoch)
            #expect(open.startTimeMs > 1_600_000_000_000)
            #expect(open.topics.map(\.name) == [place.topic])
            #expect(open.topics.first?.partitions == [0])
            #expect(try listed()?.state == "Ongoing")
            #expect(try listed(["Ongoing"])?.producerID == producer.producerID)
            #expect(try listed(["CompleteCommit"]) == nil)

            var states = try producers(client, place)
            #expect(states.first { $0.producerID == producer.producerID }?.currentTxnStartOffset == 1)
            try producer.end(.commit)
            let isComplete = try poll(for: .seconds(10)) { try described().state == "CompleteCommit" }
            #expect(isComplete)
            #expect(try listed(["CompleteCommit"])?.transactionalID == id)
            try expectStable(client, place, upTo: 3)
            states = try producers(client, place)
            let state = try #require(states.first { $0.producerID == producer.producerID })
            #expect(state.currentTxnStartOffset == -1)
            #expect(state.producerEpoch == Int32(producer.epoch))
            #expect(state.lastSequence == 0)
        }
    }

    @Test("what is not there is said to be not there")
    func unknown() async throws {
        try await BrokerUnderTest.test { stage in
            let client = try stage.client()
            let id = stage.transactionalID()
            let answer = try client.transactions(id).call(DescribeTransactionsRequest(transactionalIDs: [id]))
            #expect(answer.transactions.first?.errorCode == .transactionalIDNotFound)
            let listed = try client.transactions(id).call(
                ListTransactionsRequest(stateFilters: ["Odd"], producerIDFilters: [], durationFilterMs: -1))
            #expect(listed.unknownStateFilters == ["Odd"])
            let topic = DescribeProducersRequest.Topic(name: stage.topicName(), partitions: [0])
            let producers = try client.any().call(DescribeProducersRequest(topics: [topic]))
            #expect(producers.topics.first?.partitions.first?.errorCode == .unknownTopicOrPartition)
        }
    }

    @Test("an idempotent producer is seen with its last sequence number")
    func idempotent() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            let producer = try WireProducer(stage.client()).initialize()
            try producer.produce(["a", "b"], to: place)
            try producer.produce(["c"], to: place)
            let state = try #require(try producers(client, place).first)
            #expect(state.producerID == producer.producerID)
            #expect(state.lastSequence == 2)
            #expect(state.currentTxnStartOffset == -1)
        }
    }

    private func producers(
        _ client: Cluster, _ place: TopicPartition
    ) throws -> [DescribeProducersResponse.Producer] {
        let topic = DescribeProducersRequest.Topic(name: place.topic, partitions: [place.partition])
        let answer = try client.leader(place).call(DescribeProducersRequest(topics: [topic]))
        let partition = try #require(answer.topics.first?.partitions.first)
        #expect(partition.errorCode == .none)
        return partition.activeProducers
    }
}
