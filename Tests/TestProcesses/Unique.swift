package import Foundation
import Synchronization

/// Names that no other test and no other run uses.
package enum Unique {
    private static let run = String(UInt64.random(in: .min ... .max), radix: 36)
    private static let counter = Atomic<Int>(0)

    package static func number() -> Int { counter.wrappingAdd(1, ordering: .relaxed).newValue }

    package static func text(_ kind: String) -> String { "\(kind)-\(run)-\(number())" }

    /// A document, normalized, and in another spelling.
    package static func document() -> (normalized: String, spelled: String) {
        let number = number()
        return ("\(run.uppercased())X\(number)", "\(run)-x.\(number)/")
    }

    /// A folder of its own, below the system's place for temporary files.
    package static func folder(_ kind: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(text("soleholder-\(kind)"))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
