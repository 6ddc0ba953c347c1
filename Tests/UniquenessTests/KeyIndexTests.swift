import Messages
import Testing
import Uniqueness

private typealias Holder = KeyIndex.Holder

private let noon = Timestamp(microseconds: 1_700_000_000_000_000)
private let later = noon.advanced(by: .seconds(60))
private let key = UniqueKey(attribute: "email", value: "a@b")

/// A claim of the second of two keys.
private func wish(_ customer: String, _ ground: ClaimGround) -> KeyWish {
    let keys = [UniqueKey(attribute: "document", value: "D1"), key]
    guard let claim = KeyClaim(customerID: customer, keys: keys, ground: ground)?.next else {
        preconditionFailure("there are two keys")
    }
    return .claim(claim)
}
private func claim(_ customer: String, _ version: Int64, reservation: String? = nil) -> KeyWish {
    wish(customer, .event(version: version, purpose: .registration, reservation: reservation))
}
private func reserve(_ customer: String, _ name: String) -> KeyWish { wish(customer, .reservation(name)) }
private func release(_ customer: String, _ version: Int64, _ from: ReusableFrom? = nil) -> KeyWish {
    .release(KeyRelease(customerID: customer, key: key, ground: .version(version), reusableFrom: from))
}
private func release(_ customer: String, reservation: String, _ from: ReusableFrom? = nil) -> KeyWish {
    .release(KeyRelease(customerID: customer, key: key, ground: .reservation(reservation), reusableFrom: from))
}

/// - Parameters:
///   - next: who has the key then; as before when nil.
///   - seen: the highest version released then; as before when nil.
private func expect(
    _ wish: KeyWish, on holder: Holder, released: Int64 = 0, at time: Timestamp = noon, _ answer: KeyIndex.Answer,
    _ next: Holder? = nil, seen: Int64? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    let ruling = KeyIndex.rule(on: wish, at: time, holder: holder, released: released)
    #expect(ruling.answer == answer, sourceLocation: sourceLocation)
    #expect(ruling.holder == next ?? holder, sourceLocation: sourceLocation)
    #expect(ruling.released == seen ?? released, sourceLocation: sourceLocation)
}

/// The contract's rules of the index, one by one.
@Suite struct KeyIndexTests {
    private static let holders: [Holder] = [
        .free, .claimed(by: "a", version: 3), .claimed(by: "b", version: 3), .reserved(by: "a", reservation: "r"),
        .reserved(by: "b", reservation: "r"), .resting(.time(later)), .resting(.never),
    ]

    @Test("a claim takes what is free, or its customer's") func claims() {
        expect(claim("a", 1), on: .free, .granted, .claimed(by: "a", version: 1))
        expect(claim("a", 1), on: .reserved(by: "a", reservation: "r"), .granted, .claimed(by: "a", version: 1))
        expect(
            claim("a", 1, reservation: "r"), on: .reserved(by: "a", reservation: "r"), .granted,
            .claimed(by: "a", version: 1))
        // The highest version stays.
        expect(claim("a", 5), on: .claimed(by: "a", version: 3), .granted, .claimed(by: "a", version: 5))
        expect(claim("a", 3), on: .claimed(by: "a", version: 3), .granted)
        expect(claim("a", 1), on: .claimed(by: "a", version: 3), .granted)
        expect(claim("a", 9), on: .claimed(by: "b", version: 1), .rejected(heldBy: "b"))
        expect(claim("a", 9), on: .reserved(by: "b", reservation: "r"), .rejected(heldBy: "b"))
        expect(claim("a", 1, reservation: "r"), on: .reserved(by: "b", reservation: "r"), .rejected(heldBy: "b"))
    }

    @Test("a claim that a release of a later version has overtaken is void", arguments: holders)
    private func void(holder: Holder) {
        expect(claim("a", 1), on: holder, released: 2, .granted)
        expect(claim("a", 1, reservation: "r"), on: holder, released: 2, .granted)
        expect(claim("a", 3), on: holder, released: 9, .granted)
    }

    @Test("one of a later version than all releases is not") func notVoid() {
        expect(claim("a", 3), on: .free, released: 2, .granted, .claimed(by: "a", version: 3))
        expect(claim("a", 3), on: .claimed(by: "b", version: 1), released: 2, .rejected(heldBy: "b"))
        expect(claim("a", 2), on: .free, released: 2, .granted, .claimed(by: "a", version: 2))
    }

    @Test("a reservation takes what is free, and nothing else") func reservations() {
        expect(reserve("a", "r"), on: .free, .granted, .reserved(by: "a", reservation: "r"))
        expect(reserve("a", "r"), on: .reserved(by: "a", reservation: "r"), .granted)
        expect(reserve("a", "s"), on: .reserved(by: "a", reservation: "r"), .rejected(heldBy: "a"))
        expect(reserve("b", "r"), on: .reserved(by: "a", reservation: "r"), .rejected(heldBy: "a"))
        expect(reserve("b", "r"), on: .claimed(by: "a", version: 3), .rejected(heldBy: "a"))
        // Whoever is there already can't be preallocated.
        expect(reserve("a", "r"), on: .claimed(by: "a", version: 3), .rejected(heldBy: "a"))
        // It has no version that a release could have overtaken.
        expect(reserve("a", "r"), on: .free, released: 9, .granted, .reserved(by: "a", reservation: "r"))
    }

    @Test("a release frees what earlier events of its customer have claimed, and all that is reserved for it")
    func releases() {
        expect(release("a", 4), on: .claimed(by: "a", version: 3), .released, .free, seen: 4)
        expect(release("a", 4), on: .reserved(by: "a", reservation: "r"), .released, .free, seen: 4)
        // A newer claim stands, whenever the release comes.
        expect(release("a", 3), on: .claimed(by: "a", version: 3), .nothing, seen: 3)
        expect(release("a", 2), on: .claimed(by: "a", version: 3), .nothing, seen: 2)
        expect(release("a", 4), on: .claimed(by: "b", version: 3), .nothing, seen: 4)
        expect(release("a", 4), on: .reserved(by: "b", reservation: "r"), .nothing, seen: 4)
        expect(release("a", 4), on: .free, .nothing, seen: 4)
        // The highest version is remembered.
        expect(release("a", 4), on: .free, released: 6, .nothing, seen: 6)
        expect(release("a", 4), on: .claimed(by: "a", version: 3), released: 2, .released, .free, seen: 4)
    }

    @Test("with a reservation it frees that one alone") func reservationReleases() {
        expect(release("a", reservation: "r"), on: .reserved(by: "a", reservation: "r"), .released, .free)
        for holder in Self.holders where holder != .reserved(by: "a", reservation: "r") {
            expect(release("a", reservation: "r"), on: holder, released: 1, .nothing)
        }
        expect(release("a", reservation: "s"), on: .reserved(by: "a", reservation: "r"), .nothing)
        // The claim that grew out of it is not the reservation's any more.
        expect(release("a", reservation: "r"), on: .claimed(by: "a", version: 1), .nothing)
    }

    @Test("what is freed may rest: nobody's, and not free before its time by the claim's own clock") func rest() {
        let mine = Holder.claimed(by: "a", version: 3)
        for from in [ReusableFrom.time(later), .never] {
            expect(release("a", 4, from), on: mine, .released, .resting(from), seen: 4)
            let resting = Holder.resting(from)
            for early in [noon, Timestamp(microseconds: later.microseconds - 1)] {
                expect(claim("b", 1), on: resting, at: early, .rejected(heldBy: nil))
                // The former holder's claim included.
                expect(claim("a", 5), on: resting, released: 4, at: early, .rejected(heldBy: nil))
                expect(reserve("b", "r"), on: resting, at: early, .rejected(heldBy: nil))
            }
            // It is nobody's, so that nobody can release it, or let it rest for longer.
            expect(release("a", 7, .never), on: resting, released: 4, .nothing, seen: 7)
            expect(release("a", reservation: "r", .never), on: resting, .nothing)
        }
        for time in [later, later.advanced(by: .seconds(1))] {
            expect(claim("b", 1), on: .resting(.time(later)), at: time, .granted, .claimed(by: "b", version: 1))
            expect(
                claim("a", 5), on: .resting(.time(later)), released: 4, at: time, .granted,
                .claimed(by: "a", version: 5))
            expect(
                reserve("b", "r"), on: .resting(.time(later)), at: time, .granted, .reserved(by: "b", reservation: "r"))
        }
        let end = Timestamp(microseconds: .max)
        expect(claim("b", 1), on: .resting(.never), at: end, .rejected(heldBy: nil))
        expect(reserve("b", "r"), on: .resting(.never), at: end, .rejected(heldBy: nil))
        // A release that frees nothing lets nothing rest.
        expect(release("a", 2, .never), on: mine, .nothing, seen: 2)
        expect(release("b", 9, .never), on: mine, .nothing, seen: 9)
    }

    @Test("spellings of one character are two customers, and two reservations") func spellings() {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        expect(claim(decomposed, 9), on: .claimed(by: composed, version: 1), .rejected(heldBy: composed))
        expect(release(decomposed, 9), on: .claimed(by: composed, version: 1), .nothing, seen: 9)
        expect(claim(decomposed, 9), on: .reserved(by: composed, reservation: "r"), .rejected(heldBy: composed))
        expect(release(decomposed, 9), on: .reserved(by: composed, reservation: "r"), .nothing, seen: 9)
        expect(reserve("a", decomposed), on: .reserved(by: "a", reservation: composed), .rejected(heldBy: "a"))
        expect(release("a", reservation: decomposed), on: .reserved(by: "a", reservation: composed), .nothing)
    }

    /// A customer that takes a key and gives it up, over and over.
    @Test("one customer's claims and releases come to the same, in whatever order they come", arguments: 1...6)
    func anyOrder(count: Int) {
        let wishes = (1...Int64(count)).map { $0 % 2 == 1 ? claim("a", $0) : release("a", $0) }
        let end: Holder = count % 2 == 1 ? .claimed(by: "a", version: Int64(count)) : .free
        for order in Self.orders(Array(wishes.indices)) {
            var (holder, released) = (Holder.free, Int64(0))
            for index in order {
                let ruling = KeyIndex.rule(on: wishes[index], at: noon, holder: holder, released: released)
                if case .rejected = ruling.answer { Issue.record("\(index) is rejected in \(order)") }
                (holder, released) = (ruling.holder, ruling.released)
            }
            #expect(holder == end, "\(order)")
        }
    }

    private static func orders(_ items: [Int]) -> [[Int]] {
        if items.isEmpty { return [[]] }
        return items.indices.flatMap { index in
            var rest = items
            let first = rest.remove(at: index)
            return orders(rest).map { [first] + $0 }
        }
    }
}
