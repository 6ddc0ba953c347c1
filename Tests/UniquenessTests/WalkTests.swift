import Messages
import Testing
import Uniqueness

@Suite("Random walks over several attributes")
struct WalkTests {
    private static func walk(_ seed: Int, _ kernel: Kernel = Kernel()) -> Walk {
        var walk = Walk(seed: seed, kernel)
        walk.run()
        return walk
    }

    @Test("keep U1, U6 and U9, whatever comes late, again, or in another order", arguments: 0..<4)
    func guarantees(block: Int) {
        var met = Walk.Events()
        for seed in (block * 200)..<(block * 200 + 200) {
            let walk = Self.walk(seed)
            for violation in walk.violations { Issue.record("seed \(seed): \(violation)") }
            met.add(walk.events)
        }
        // What a walk does not meet, it does not prove.
        for (what, count) in met.all { #expect(count > 3, "\(what)") }
        #expect(met.longestChain >= 2)
    }

    // MARK: Planted bugs

    /// Whether some walk finds this guarantee broken.
    private static func isFound(_ guarantee: Violation.Guarantee, _ kernel: Kernel) -> Bool {
        (0..<600).contains { seed in walk(seed, kernel).violations.contains { $0.guarantee == guarantee } }
    }

    @Test("a slip that skips a key is found: two are confirmed with it") func skippedKey() {
        var kernel = Kernel()
        kernel.next = { $0.next.flatMap(\.next) }
        #expect(Self.isFound(.u1, kernel))
    }

    @Test("a late release that frees a newer claim is found") func lateRelease() {
        var kernel = Kernel()
        kernel.rule = { wish, time, holder, released in
            guard case .release(var release) = wish, case .version(let version) = release.ground else {
                return KeyIndex.rule(on: wish, at: time, holder: holder, released: released)
            }
            release.ground = .version(.max)
            var ruling = KeyIndex.rule(on: .release(release), at: time, holder: holder, released: released)
            ruling.released = max(released, version)
            return ruling
        }
        #expect(Self.isFound(.u6, kernel))
    }

    @Test("an old claim that takes a key after the release of a later version is found") func oldClaim() {
        var kernel = Kernel()
        kernel.rule = { wish, time, holder, _ in KeyIndex.rule(on: wish, at: time, holder: holder, released: 0) }
        #expect(Self.isFound(.u6, kernel))
    }

    @Test("a half-failed reservation that keeps its first key is found") func keptKey() {
        var kernel = Kernel()
        kernel.react = { signal, state in
            RegistrationProcess.react(to: signal, in: state).filter { !$0.metadata.id.contains("/release/document/") }
        }
        #expect(Self.isFound(.u6, kernel))
    }

    @Test("all keys asked for at once are found: two defeat each other") func atOnce() {
        var kernel = Kernel()
        kernel.slips = { claim in
            claim.keys.compactMap { KeyClaim(customerID: claim.customerID, keys: [$0], ground: claim.ground) }
        }
        #expect(Self.isFound(.u9, kernel))
        // All else holds: what is wrong is that nobody wins.
        for seed in 0..<100 {
            #expect(Self.walk(seed, kernel).violations.allSatisfy { $0.guarantee == .u9 }, "seed \(seed)")
        }
    }
}

extension Walk.Events {
    fileprivate var all: [(String, Int)] {
        [
            ("wins", wins), ("losses", losses), ("changes", changes), ("void claims", voidClaims),
            ("overtaken releases", overtakenReleases), ("half-failed reservations", halfFailedReservations),
            ("rests", rests), ("repeats", repeats),
        ]
    }

    fileprivate mutating func add(_ other: Self) {
        wins += other.wins
        losses += other.losses
        changes += other.changes
        voidClaims += other.voidClaims
        overtakenReleases += other.overtakenReleases
        halfFailedReservations += other.halfFailedReservations
        rests += other.rests
        repeats += other.repeats
        longestChain = max(longestChain, other.longestChain)
    }
}
