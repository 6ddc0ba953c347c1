import Customers
import Messages
import Testing
import Uniqueness

/// What a customer's events mean to the kernel.
@Suite struct MeaningTests {
    private func claim(_ values: UniqueValues, _ version: Int64, _ purpose: ClaimPurpose, _ reservation: String? = nil)
        -> KeyClaim?
    {
        KeyClaim(
            customerID: "c-1", keys: values.keys,
            ground: .event(version: version, purpose: purpose, reservation: reservation))
    }

    private func release(
        _ suffix: String, _ attribute: String, _ value: String, _ version: Int64, _ from: ReusableFrom? = nil
    ) -> StreamMeaning.Release {
        StreamMeaning.Release(
            suffix: suffix,
            KeyRelease(
                customerID: "c-1", key: UniqueKey(attribute: attribute, value: value), ground: .version(version),
                reusableFrom: from))
    }

    private func check(
        _ event: CustomerEvent, _ step: StreamMeaning.Step, claim: KeyClaim? = nil,
        _ releases: [StreamMeaning.Release] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let meaning = event.meaning
        #expect(meaning.customerID == "c-1" && meaning.version == event.version, sourceLocation: sourceLocation)
        #expect(meaning.claim == claim, sourceLocation: sourceLocation)
        #expect(meaning.releases == releases, sourceLocation: sourceLocation)
        #expect(meaning.step == step, sourceLocation: sourceLocation)
        // The wishes, each with its name: the claim is asked for first.
        #expect(
            meaning.wishes.map(\.suffix) == (claim == nil ? [] : ["claim"]) + releases.map(\.suffix),
            sourceLocation: sourceLocation)
    }

    @Test func aRegistrationClaimsAllItsValues() {
        check(registered, .began(.registration, ValueChanges(both)), claim: claim(both, 1, .registration))
        check(reserved, .registered(reservation: "r-1"), claim: claim(both, 1, .registration, "r-1"))
    }

    @Test func aConfirmationAsksForNothing() { check(confirmed, .ended(.settled)) }

    @Test func aChangeClaimsWhatIsNew() {
        check(started, .began(.change, wanted), claim: claim(values(["document": "D2", "plate": "P1"]), 3, .change))
        let nulls = changes(["email": nil])
        check(event(3, both, .changeStarted(wanted: nulls)), .began(.change, nulls))
    }

    @Test func aConfirmedChangeReleasesWhatItGivesUp() {
        check(
            event(4, values(["plate": "P1"]), .changed(previous: both, reusableFrom: times(["email": .never]))),
            .ended(.settled),
            [release("release/document", "document", "D1", 4), release("release/email", "email", "E1", 4, .never)])
        check(event(4, both, .changed(previous: .none, reusableFrom: .none)), .ended(.settled))
    }

    @Test func aRejectedChangeReleasesWhatWasWanted() {
        check(
            event(4, both, .changeRejected(rejected: values(["document": "D2", "plate": "P1"]), loss)),
            .ended(.rejected(loss)),
            [
                release("release-wanted/document", "document", "D2", 4),
                release("release-wanted/plate", "plate", "P1", 4),
            ])
    }

    @Test func whoLeavesReleasesAll() {
        let own = [release("release/document", "document", "D1", 2), release("release/email", "email", "E1", 2)]
        check(gone, .ended(.unregistered(.requested, nil)), own)
        check(
            event(2, both, .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none)),
            .ended(.unregistered(.duplicate, loss)), own)
        // What was only wanted does not rest, and of what was to be given up there is no key.
        check(
            event(
                4, both,
                .unregistered(
                    .requested, loss: nil, wanted: wanted,
                    reusableFrom: times(["email": .never, "plate": later]))),
            .ended(.unregistered(.requested, nil)),
            [
                release("release/document", "document", "D1", 4), release("release/email", "email", "E1", 4, .never),
                release("release-wanted/document", "document", "D2", 4),
                release("release-wanted/plate", "plate", "P1", 4),
            ])
    }
}
