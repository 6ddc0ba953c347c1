import Foundation
import Messages
import TestProcesses
import Testing

/// What a plain `read_committed` reader is given of a topic, record by record: nothing is dropped here, as every reader
/// of the product's own would do.
struct PhysicalLog {
    /// Each partition in the order of its offsets.
    let records: [Seen]
    /// Records whose id has been there before.
    let repeats: [Seen]
    /// Repeats that are not what the first record with the id is, their time aside.
    let contradictions: [Seen]

    init(_ deployment: Deployment, _ topic: Topic) throws {
        let client = try Client(deployment, reading: [topic], from: .beginning)
        try client.takeAll()
        records = client.seen
        var first: [String: Seen] = [:]
        var repeats: [Seen] = []
        var contradictions: [Seen] = []
        for record in records {
            guard let id = record.id else { continue }
            guard let known = first[id] else {
                first[id] = record
                continue
            }
            repeats.append(record)
            if known.key != record.key || known.type != record.type || known.data != record.data {
                contradictions.append(record)
            }
        }
        self.repeats = repeats
        self.contradictions = contradictions
    }

    /// Where a customer's stream does not go 1, 2, 3 …, and why.
    /// - Parameter allowsRepeats: whether an event may stand there once more.
    func brokenStreams(allowsRepeats: Bool) -> [String] {
        var versions: [String: Double] = [:]
        var broken: [String] = []
        for record in records {
            let last = versions[record.key, default: 0]
            guard let version = record.data?["version"]?.number else {
                broken.append("\(record.place) has no version")
                continue
            }
            if version == last + 1 {
                versions[record.key] = version
            } else if version > last || !allowsRepeats {
                broken.append("\(record.place): version \(Int(version)) follows \(Int(last))")
            }
        }
        return broken
    }
}

/// What `soleholder audit` says.
struct AuditVerdict {
    let run: Run

    init(_ deployment: Deployment) throws { run = try deployment.audit(timeout: 120) }

    /// The number that a note of a guarantee's row begins with; 0 when there is no such note.
    func count(_ invariant: String, _ note: String) -> Int {
        guard let rows = JSON(Array(run.output.utf8))?["rows"]?.elements,
            let row = rows.first(where: { $0["invariant"]?.text == invariant }),
            let text = row["notes"]?.elements?.compactMap(\.text).first(where: { $0.contains(note) })
        else { return 0 }
        return Int(text.prefix { $0 != " " }.filter { $0 != "," }) ?? 0
    }
}
