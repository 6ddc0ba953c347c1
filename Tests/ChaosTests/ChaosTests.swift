import Foundation
import TestProcesses
import Testing

/// Short campaigns with a fixed seed: that the tool works, and that the guarantees bear the first half minute.
@Suite("Chaos", .serialized) struct ChaosTests {
    @Test(
        "for half a minute breaks no guarantee", .timeLimit(.minutes(10)),
        arguments: ["exactly-once", "at-least-once"])
    func short(guarantee: String) async throws {
        try await onOwnThread {
            let folder = try Unique.folder("chaos")
            defer { try? FileManager.default.removeItem(at: folder) }
            let run = try Run.of(
                Program.product("chaos"),
                [
                    "--seed", "20", "--minutes", "0.4", "--rate", "60", "--delivery-guarantee", guarantee, "--output",
                    folder.appendingPathComponent("output").path,
                ], within: .seconds(540), in: folder)
            #expect(run.end == .exit(0), "\(run)")
            #expect(run.output.contains("At rest; U1 to U7"), "\(run)")
        }
    }

    @Test(
        "ends with what no service may go on with", .timeLimit(.minutes(5)),
        arguments: ["topic-recreated"])
    func ends(kind: String) async throws {
        try await onOwnThread {
            let folder = try Unique.folder("chaos")
            defer { try? FileManager.default.removeItem(at: folder) }
            let run = try Run.of(
                Program.product("chaos"),
                [
                    "--seed", "20", "--minutes", "0.1", "--rate", "60", "--kinds", kind, "--output",
                    folder.appendingPathComponent("output").path,
                ], within: .seconds(280), in: folder)
            #expect(run.end == .exit(0), "\(run)")
            #expect(run.output.contains("instances stopped"), "\(run)")
        }
    }

    @Test("takes no scenario that it does not know") func wrongScenario() async throws {
        try await onOwnThread {
            let folder = try Unique.folder("chaos")
            defer { try? FileManager.default.removeItem(at: folder) }
            let run = try Run.of(Program.product("chaos"), ["scenario", "earthquake"], in: folder)
            #expect(run.end == .exit(64), "\(run)")
            #expect(run.errors.contains("earthquake"))
        }
    }

    @Test("takes no kind that it does not know") func wrongUse() async throws {
        try await onOwnThread {
            let folder = try Unique.folder("chaos")
            defer { try? FileManager.default.removeItem(at: folder) }
            let run = try Run.of(Program.product("chaos"), ["--kinds", "earthquake"], in: folder)
            #expect(run.end == .exit(64), "\(run)")
            #expect(run.errors.contains("there is no kind 'earthquake'"))
        }
    }
}
