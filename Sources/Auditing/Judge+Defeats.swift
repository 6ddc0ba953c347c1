internal import Messages

/// U9: nobody is defeated by one who is defeated by them.
extension Judge {
    /// From each loser to the one that held the key, and on while that one lost a key too: the attributes are asked for in
    /// one order, so the way can't be longer than there are attributes.
    mutating func checkDefeats() {
        var losers = 0
        var longest = 0
        for (number, claim) in facts.claims.enumerated() where index.winners[Int32(number)] != nil {
            losers += 1
            var steps = 0
            var lost = Int32(number)
            while let winner = index.winners[lost], steps <= facts.order.count {
                steps += 1
                guard let next = defeat(ofClaim: winner) else { break }
                lost = next
            }
            longest = max(longest, steps)
            if steps <= facts.order.count { continue }
            findings.add(
                .u9, .always, "a loser lost to one that lost as well, and so on without an end",
                [customer(claim.customer), customer(facts.claims[Int(lost)].customer)],
                [place(claim: Int32(number)), place(claim: lost)])
        }
        findings.examined(.u9, losers, "losers")
        findings.note(.u9, longest > 1 ? longest : 0, "steps is the longest way from a loser to one that did not lose")
    }

    /// The claim by which the one that this claim is of lost a key; nil where it won, was withdrawn by its client, or is
    /// not decided yet.
    private func defeat(ofClaim winner: Int32) -> Int32? {
        let claim = facts.claims[Int(winner)]
        if claim.kind == .reserve {
            let first = links.reservations[claim.reservation]?.reserve ?? -1
            guard first >= 0, case .lost(let lost, _) = end(ofSlip: first) else { return nil }
            return lost
        }
        guard let number = event(claim.version, of: claim.customer),
            case .lost(let lost, _)? = end(ofClaimBy: number)
        else { return nil }
        let after = event(claim.version + 1, of: claim.customer)
        let isWithdrawn = after.map { facts.events[Int($0)].kind == .unregisteredByRequest } ?? false
        return isWithdrawn ? nil : lost
    }
}
