import Auditing
import EventLog
import Messages
import Processing
import Testing

/// `at-least-once`: what others write to the compacted topic that the index is served by, late or by mistake, is put
/// right by the owner.
@Suite struct ServedTopicTests {
    private func entries(_ world: World, of document: String) -> [LogRecord] {
        world.log.records(.uniqueIndex).filter { $0.key == UniqueKey(attribute: "document", value: document).bytes }
    }

    /// What a frozen instance writes when it wakes up: what was right once.
    private func again(_ world: World, _ record: LogRecord, partition: Int32? = nil) {
        world.log.append(
            OutgoingRecord(
                topic: record.topic, partition: partition ?? record.partition, key: record.key, value: record.value,
                headers: record.headers))
    }

    /// Writes a tombstone.
    private func bury(_ world: World, _ record: LogRecord) {
        world.log.append(
            OutgoingRecord(topic: record.topic, partition: record.partition, key: record.key, value: nil))
    }

    private func id(_ record: LogRecord?) throws -> String {
        try Message<KeyHolder>(decoding: record?.value).metadata.id
    }

    /// A document that had one customer and has another.
    private func passedOn() -> World {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.unregister("c-1", id: "b")
        world.settle()
        world.register("c-2", "D1", id: "c")
        world.settle()
        return world
    }

    @Test(arguments: [false, true]) func anEntryOfADocumentThatIsFree(isCompacted: Bool) throws {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.unregister("c-1", id: "b")
        world.settle()
        again(world, try #require(entries(world, of: "D1").first))
        if isCompacted { world.log.compact(.uniqueIndex) }
        #expect(world.index["document:D1"]?.customerID == "c-1")
        world.settle()
        #expect(world.index["document:D1"] == nil)
        // Whoever reads it knows which is the later one.
        let release = try #require(world.log.records(.uniqueClaims).last { $0.key == Array("document:D1".utf8) })
        let tombstones = entries(world, of: "D1").filter { $0.value == nil }
        #expect(tombstones.count == (isCompacted ? 1 : 2))
        #expect(tombstones.allSatisfy { $0.headers == [RecordHeader("position", String(release.offset))] })
        Invariants.check(world, physically: false, "an old entry")
    }

    @Test(arguments: [false, true]) func anEntryOfAnEarlierHolder(isCompacted: Bool) throws {
        let world = passedOn()
        let entry = try #require(entries(world, of: "D1").last)
        again(world, try #require(entries(world, of: "D1").first))
        if isCompacted { world.log.compact(.uniqueIndex) }
        #expect(world.index["document:D1"]?.customerID == "c-1")
        world.settle()
        #expect(world.index["document:D1"]?.customerID == "c-2")
        #expect(try id(entries(world, of: "D1").last) == id(entry), "it is the same message again")
        Invariants.check(world, physically: false, "an old entry")
    }

    @Test func aTombstoneOfADocumentThatIsHeld() throws {
        let world = passedOn()
        let entry = try #require(entries(world, of: "D1").last)
        again(world, try #require(entries(world, of: "D1").first { $0.value == nil }))
        #expect(world.index["document:D1"] == nil)
        world.settle()
        let last = try #require(entries(world, of: "D1").last)
        #expect(try id(last) == id(entry))
        #expect(
            try Message<KeyHolder>(decoding: last.value).body
                == Message<KeyHolder>(decoding: entry.value).body)
        let size = world.log.size
        world.settle()
        #expect(world.log.size == size)
    }

    /// A state that was lost or rolled back knows nothing of what was looked at after it.
    @Test(arguments: [false, true]) func itIsFoundWithAnotherState(isOlder: Bool) throws {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        let older = world.stores[.projectionIndex]?.copy()
        world.unregister("c-1", id: "b")
        world.settle()
        again(world, try #require(entries(world, of: "D1").first))
        world.stores[.projectionIndex] = isOlder ? older : nil
        world.settle()
        #expect(world.index["document:D1"] == nil)
    }

    /// A rebuild finds everything right, and writes nothing.
    @Test func whatIsRightIsLeftAlone() {
        let world = passedOn()
        world.stores[.projectionIndex] = nil
        let size = world.log.size
        world.settle()
        #expect(world.log.size == size)
    }

    /// As long as nobody else writes there, the topic's end is asked, and nothing is read. With transactions not even that.
    @Test func whatIsOurOwnIsNotRead() {
        for (guarantee, questions) in [(DeliveryGuarantee.exactlyOnce, 1), (.atLeastOnce, 2)] {
            let world = World(guarantee)
            for number in 0..<20 { world.register("c-\(number)", "D\(number % 15)", id: "r\(number)") }
            world.live(.commandService)
            world.live(.projectionCustomers)
            let before = world.questions
            world.live(.projectionIndex)
            #expect(world.questions - before == questions)
        }
    }

    /// With transactions nobody can be late, and nothing is looked at; what came in all the same is put right without.
    @Test func oneRunWithoutTransactionsPutsItRight() throws {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        bury(world, try #require(entries(world, of: "D1").last))
        world.settle()
        #expect(world.index["document:D1"] == nil)
        world.guarantee = .atLeastOnce
        world.settle()
        #expect(world.index["document:D1"]?.customerID == "c-1")
    }

    /// More than fits a batch.
    @Test func manyAtOnce() {
        let world = World(.atLeastOnce)
        world.batchLimit = 3
        for number in 0..<40 { world.register("c-\(number)", "D\(number)", id: "a\(number)") }
        world.settle()
        for record in world.log.records(.uniqueIndex) { bury(world, record) }
        world.settle()
        for number in 0..<40 { #expect(world.index["document:D\(number)"]?.customerID == "c-\(number)") }
        // The auditor tells of each tombstone that names no release; of nothing else.
        Invariants.check(world, physically: false, tolerates: [.u7], "many tombstones")
    }

    /// Whoever is no member any more is not the one to put it right.
    @Test func whoIsNotTheOwnerWritesNothing() throws {
        let world = passedOn()
        again(world, try #require(entries(world, of: "D1").first))
        let size = world.log.size
        world.refusing = [.projectionIndex]
        world.live(.projectionIndex)
        #expect(world.log.size == size)
        world.refusing = []
        world.settle()
        #expect(world.index["document:D1"]?.customerID == "c-2")
    }

    /// Somebody else says that a key is held which nobody has ever claimed: no claim would come to put that right.
    @Test func anEntryThatNoClaimHasMade() throws {
        let world = World(.atLeastOnce)
        for number in 0..<20 { world.register("c-\(number)", "D\(number)", id: "a\(number)") }
        world.settle()
        var forged: [UniqueKey] = []
        for number in 0..<20 {
            let key = UniqueKey(attribute: "document", value: "F\(number)")
            let partition = Murmur2.partition(of: key.bytes, count: world.log.partitionCount)
            let holder = KeyHolder(
                key: key, customerID: "nobody", status: .claimed, reservation: nil, position: Int64(number % 2))
            let metadata = Metadata(
                id: "forged", source: Source.projection, time: world.now, correlationID: "x", causationID: nil,
                causationSource: nil)
            world.log.append(
                OutgoingRecord(
                    topic: Topic.uniqueIndex.rawValue, partition: partition, key: key.bytes,
                    value: Message(metadata, holder).encoded()))
            forged.append(key)
        }
        world.settle()
        for key in forged { #expect(world.index[key.text] == nil) }
        for number in 0..<20 { #expect(world.index["document:D\(number)"]?.customerID == "c-\(number)") }
    }

    /// What nobody looks for, where it lies.
    @Test func strangersAreLeftAlone() throws {
        let world = passedOn()
        let entry = try #require(entries(world, of: "D1").last)
        again(world, entry, partition: (entry.partition + 1) % world.log.partitionCount)
        world.log.append(OutgoingRecord(topic: entry.topic, partition: 0, key: Array("D1".utf8), value: entry.value))
        let size = world.log.size
        world.settle()
        #expect(world.log.size == size)
    }

    /// Old entries and tombstones at any time, and crashes at every boundary.
    @Test(arguments: 0..<100) func whateverComesBackIsPutRight(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let world = World(.atLeastOnce)
        world.batchLimit = 1 + random.below(6)
        for turn in 0..<60 {
            let customer = "c-\(random.below(8))"
            switch random.below(4) {
            case 0: world.register(customer, "D\(random.below(3))", id: "r\(turn)")
            case 1: world.unregister(customer, id: "u\(turn)")
            default: world.liveSomehow(&random)
            }
            let old = world.log.records(.uniqueIndex)
            if !old.isEmpty, random.below(3) == 0 { again(world, old[random.below(old.count)]) }
            if random.below(10) == 0 { world.log.compact(.uniqueIndex) }
        }
        world.settle()
        Invariants.check(world, physically: false, "seed \(seed)")
    }
}
