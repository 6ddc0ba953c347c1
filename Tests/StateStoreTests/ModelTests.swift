import Processing
import StateStore
import Testing

/// The store against a dictionary: whatever is done, in whatever order, both say the same.
struct ModelTests {
    private struct Model {
        struct Row: Hashable {
            let table: StateTable
            let partition: Int32
            let key: [UInt8]
        }
        var rows: [Row: [UInt8]] = [:]
        var positions: [Int32: [String: Int64]] = [:]

        mutating func apply(_ batches: [PartitionChanges]) {
            for batch in batches {
                for change in batch.changes {
                    rows[Row(table: change.table, partition: batch.partition, key: change.key)] = change.value
                }
                positions[batch.partition, default: [:]].merge(batch.positions) { _, new in new }
            }
        }

        mutating func wipe(_ partition: Int32) {
            rows = rows.filter { $0.key.partition != partition }
            positions[partition] = nil
        }

        func entries(_ table: StateTable, _ partition: Int32, through bound: [UInt8], limit: Int) -> [[[UInt8]]] {
            rows.filter { $0.key.table == table && $0.key.partition == partition }
                .filter { !bound.lexicographicallyPrecedes($0.key.key) }
                .sorted { $0.key.key.lexicographicallyPrecedes($1.key.key) }
                .prefix(limit).map { [$0.key.key, $0.value] }
        }
    }

    @Test(arguments: UInt64(1)...8)
    func theStoreBehavesLikeADictionary(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let directory = try TemporaryDirectory()
        var model = Model()
        var store = try openStore(directory)
        let tables = [customers, outcomes]
        for step in 0..<120 {
            let partition = Int32(random.below(3))
            let table = tables[random.below(2)]
            switch random.below(20) {
            case 0:
                // In pieces, of which the first takes the positions: whatever is cut short is known to be no whole state.
                while try !store.wipe(partition: partition, rows: 2) {
                    #expect(try store.positions(partition: partition).isEmpty)
                }
                model.wipe(partition)
            case 1:
                store.close()
                store = try openStore(directory)
                #expect(store.notices.isEmpty)
            case 2..<12:
                let batches = Self.batches(&random, step: Int64(step))
                try store.commit(batches)
                model.apply(batches)
            default:
                let bound = random.bytes(upTo: 2)
                let limit = random.below(30)
                let found = try store.entries(table: table, partition: partition, through: bound, limit: limit)
                let expected = model.entries(table, partition, through: bound, limit: limit)
                #expect(found.map { [$0.key, $0.value] } == expected)
                let key = random.bytes(upTo: 2)
                let row = Model.Row(table: table, partition: partition, key: key)
                #expect(try store.value(table: table, partition: partition, key: key) == model.rows[row])
            }
            #expect(try store.positions(partition: partition) == model.positions[partition] ?? [:])
        }
    }

    private static func batches(_ random: inout SplitMix64, step: Int64) -> [PartitionChanges] {
        (0..<random.below(4)).map { _ in
            let changes = (0..<random.below(20)).map { _ in
                let key = [UInt8(random.below(12))] + random.bytes(upTo: 1).map { $0 & 0x81 }
                return put(
                    random.below(2) == 0 ? customers : outcomes, random.below(15) == 0 ? [] : key,
                    random.below(4) == 0 ? nil : random.bytes(upTo: 6))
            }
            return batch(Int32(random.below(3)), changes, positions: random.below(3) == 0 ? [:] : ["t": step])
        }
    }
}
