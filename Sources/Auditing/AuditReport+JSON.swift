internal import Messages

extension AuditReport {
    /// The report as one JSON object: the same findings give the same bytes.
    public func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.member("atRest", isAtRest)
        writer.member("holds", holds)
        writer.member("exitCode", Int64(exitCode))
        writer.member("notAtRestBecause", restReasons)
        writer.member("rows", json: Self.array(rows.map(Self.json(of:))))
        writer.endObject()
        return writer.bytes
    }

    private static func json(of row: Row) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("invariant", row.invariant.rawValue)
        writer.member("title", row.invariant.title)
        writer.member("holds", row.holds)
        writer.member("examined", Int64(row.examined))
        writer.member("subject", row.subject)
        writer.member("violationCount", Int64(row.violationCount))
        writer.member("violations", json: array(row.violations.map(json(of:))))
        writer.member("notes", row.notes)
        writer.endObject()
        return writer.bytes
    }

    private static func json(of violation: Violation) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("what", violation.what)
        writer.member("customers", violation.customers)
        writer.member("places", violation.places.map(\.description))
        writer.endObject()
        return writer.bytes
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        var bytes = [UInt8(ascii: "[")]
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: element)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}
