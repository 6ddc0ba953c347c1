internal import Messages
internal import Processing

extension StateWriter {
    mutating func values(_ values: UniqueValues) {
        integer(Int64(values.keys.count))
        for key in values.keys {
            text(key.attribute)
            text(key.value)
        }
    }

    mutating func changes(_ changes: ValueChanges) {
        integer(Int64(changes.all.count))
        for change in changes.all {
            text(change.attribute)
            optionalText(change.value)
        }
    }
}

extension StateReader {
    private static let valueLimit: Int64 = 1_000

    mutating func values() -> UniqueValues? {
        guard let count = integer(), (0...Self.valueLimit).contains(count) else { return nil }
        var keys: [UniqueKey] = []
        for _ in 0..<count {
            guard let attribute = text(), let value = text() else { return nil }
            keys.append(UniqueKey(attribute: attribute, value: value))
        }
        return UniqueValues(keys)
    }

    mutating func changes() -> ValueChanges? {
        guard let count = integer(), (0...Self.valueLimit).contains(count) else { return nil }
        var all: [ValueChanges.Change] = []
        for _ in 0..<count {
            guard let attribute = text(), let value = optionalText() else { return nil }
            all.append(.init(attribute: attribute, value: value))
        }
        return ValueChanges(all)
    }
}
