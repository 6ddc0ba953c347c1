import DeadLetters
import EventLog
import Messages
import Testing

@Suite("What is replayed") struct PlanTests {
    private static func offsets(_ plan: ReplayPlan) -> [Int64] { plan.chosen.map(\.place.offset) }

    @Test func eachRecordOnceHoweverOftenItWasPutAside() {
        let box = Letters.box([
            Letters.record(at: 0), Letters.record(at: 1), Letters.record(of: (1, 8), at: 2),
            Letters.record(at: 3, service: "another"),
        ])
        #expect(Self.offsets(ReplayPlan(of: box, .all)) == [0, 2])
    }

    @Test func byReasonAndByTopic() {
        let box = Letters.box([
            Letters.record(at: 0), Letters.record(of: (1, 8), at: 1, reason: "misrouted"),
            Letters.record(.registrationRequests, at: 2),
        ])
        #expect(Self.offsets(ReplayPlan(of: box, .reason("malformed"))) == [0, 2])
        #expect(Self.offsets(ReplayPlan(of: box, .reason("malformed"), input: .registrationRequests)) == [2])
        #expect(Self.offsets(ReplayPlan(of: box, .reason("unheard-of"))) == [])
    }

    @Test func byOriginAndWhatNobodyPutAside() {
        let box = Letters.box([Letters.record(at: 0), Letters.record(of: (1, 8), at: 1)])
        let plan = ReplayPlan(
            of: box, .origins([Letters.place(.customerCommands, 1, 8), Letters.place(.customerCommands, 1, 9)]))
        #expect(Self.offsets(plan) == [1])
        #expect(plan.unknownOrigins == [Letters.place(.customerCommands, 1, 9)])
        #expect(plan.refused.isEmpty)
    }

    @Test(
        "what services alone write is refused unless it is forced",
        arguments: Topic.allCases.filter { $0.deadLetter != nil })
    func scope(topic: Topic) {
        let box = Letters.box([Letters.record(topic, at: 0), Letters.record(topic, at: 1, service: "another")])
        let mayGo: Set<Topic> = [.customerCommands, .registrationRequests]
        let plan = ReplayPlan(of: box, .all)
        #expect(Self.offsets(plan) == (mayGo.contains(topic) ? [0] : []))
        #expect(
            plan.refused.map(\.problem)
                == (mayGo.contains(topic) ? [] : [.writtenByServices(topic: Letters.names.name(topic))]))
        #expect(Self.offsets(ReplayPlan(of: box, .all, scope: .allTopics)) == [0])
    }

    @Test func whatTellsNoOriginIsRefusedEvenByForce() {
        let plan = ReplayPlan(
            of: Letters.box([Letters.record(named: "process-commands")]), .all, scope: .allTopics)
        #expect(plan.chosen.isEmpty)
        #expect(plan.refused.map(\.problem) == [.unknownOrigin])
    }

    @Test("what was cut is never sent, not even by its name or by force") func cut() throws {
        let record = Letters.record(headers: [RecordHeader("dead-letter-truncated", "3000000")])
        let box = Letters.box([record, Letters.record(of: (1, 8), at: 1)])
        let named = ReplaySelection.origins([Letters.place(.customerCommands, 1, 7)])
        #expect(Self.offsets(ReplayPlan(of: box, .all)) == [1])
        for selection in [ReplaySelection.all, .reason("malformed"), named] {
            let plan = ReplayPlan(of: box, selection, scope: .allTopics)
            #expect(plan.refused.map(\.problem) == [.cut(bytes: 3_000_000)])
        }
        let letter = try #require(box.entries.first?.letter)
        #expect(throws: ReplayProblem.cut(bytes: 3_000_000)) {
            try letter.replay(record, partitionCount: Letters.partitionCount)
        }
    }

    @Test("what was replayed and is back is replayed once more, not twice") func back() {
        let from = RecordHeader("replayed-from", "t.customer-commands-dead-letter/1/0")
        let box = Letters.box([
            Letters.record(at: 0), Letters.record(of: (1, 20), at: 1, headers: [from]),
            Letters.record(of: (1, 21), at: 2, headers: [RecordHeader("replayed-from", "t.customer-commands/1/0")]),
        ])
        let plan = ReplayPlan(of: box, .all)
        #expect(Self.offsets(plan) == [1, 2])
        #expect(plan.backCount == 1)
        // Who names one means it.
        #expect(Self.offsets(ReplayPlan(of: box, .origins([Letters.place(.customerCommands, 1, 7)]))) == [0])
    }

    @Test("who writes the header by hand can't hide another's dead letter") func forgedReturn() {
        let from = RecordHeader("replayed-from", "t.customer-commands-dead-letter/1/0")
        let box = Letters.box([
            Letters.record(at: 0), Letters.record(of: (1, 20), at: 1, value: Array("other".utf8), headers: [from]),
        ])
        #expect(Self.offsets(ReplayPlan(of: box, .all)) == [0, 1])
    }

    @Test("replaying everything again and again never sends more records than were put aside")
    func replaysDoNotGrow() throws {
        var records = (0..<5).map { Letters.record(of: (1, $0), at: $0) }
        var nextOffset: Int64 = 100
        for _ in 0..<6 {
            let box = Letters.box(records)
            let plan = ReplayPlan(of: box, .all)
            #expect(plan.chosen.count == 5)
            for letter in plan.chosen {
                let record = try #require(records.first { RecordPlace(of: $0) == letter.place })
                let sent = try letter.replay(record, partitionCount: Letters.partitionCount)
                records.append(
                    Letters.record(
                        of: (sent.partition, nextOffset), at: nextOffset, key: sent.key, value: sent.value,
                        headers: sent.headers))
                nextOffset += 1
            }
        }
        let firstPlaces = Set(Letters.box(records).entries.compactMap(\.letter.firstPlace))
        #expect(firstPlaces == Set((0..<5).map { "customer-commands/1/\($0)" }))
    }
}
