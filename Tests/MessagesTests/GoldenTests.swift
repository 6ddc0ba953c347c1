import Foundation
import Messages
import Testing

/// One message of each type, with fixed metadata, and the bytes that it was first written with. Old bytes must decode
/// for ever, and what we write must stay readable for the older instance beside us: never change a golden file; a
/// message that gets another form gets another file.
///
/// `SOLEHOLDER_RECORD_GOLDEN=<folder>` writes the files that are missing there.
@Suite("Golden files")
struct GoldenTests {
    private static func metadata(_ id: String, _ source: String, root: Bool = false) -> Metadata {
        Metadata(
            id: id, source: source, time: Timestamp(microseconds: 1_795_464_900_000_250), correlationID: "request-1",
            causationID: root ? nil : "cause-\"é\"", causationSource: root ? nil : "/client",
            trace: root
                ? TraceContext()
                : TraceContext(parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: "v=1"))
    }

    private static let both = values(["document": "52998224725", "email": "ana@example.com"])
    private static let loss = Loss(attribute: "email", heldBy: "c-7")
    private static let time = ReusableFrom.time(Timestamp(microseconds: 1_795_464_900_000_250))
    /// K of a client's message.
    private static let key = "5869b6bf-a57f-5be7-a336-7faf0b39d716"

    private static func event(_ version: Int64, _ kind: CustomerEvent.Kind) -> CustomerEvent {
        CustomerEvent(customerID: "c-42", version: version, values: both, kind: kind)
    }

    private static func check<Body: MessageBody>(
        _ name: String, _ body: Body, _ id: String, _ source: String, root: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let message = Message(metadata(id, source, root: root), body)
        if let folder = ProcessInfo.processInfo.environment["SOLEHOLDER_RECORD_GOLDEN"] {
            let path = "\(folder)/\(name).json"
            if !FileManager.default.fileExists(atPath: path) {
                try Data(message.encoded()).write(to: URL(filePath: path))
                return
            }
        }
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Golden"),
            "no golden file \(name)", sourceLocation: sourceLocation)
        let golden = Array(try Data(contentsOf: url))
        #expect(
            String(decoding: message.encoded(), as: UTF8.self) == String(decoding: golden, as: UTF8.self),
            sourceLocation: sourceLocation)
        let decoded = try Message<Body>(decoding: golden)
        #expect(decoded == message, sourceLocation: sourceLocation)
        #expect(decoded.encoded() == golden, sourceLocation: sourceLocation)
    }

    @Test("Events of customers") func customerEvents() throws {
        func check(_ name: String, _ version: Int64, _ kind: CustomerEvent.Kind) throws {
            try Self.check(name, Self.event(version, kind), "c-42@\(version)", Source.commandService)
        }
        try check("CustomerRegistered", 1, .registered(name: "Zoë \"Z\"", status: .pending, reservation: nil))
        try Self.check(
            "CustomerRegistered-reserved",
            CustomerEvent(
                customerID: "c-42", version: 1, values: values(["document": "52998224725"]),
                kind: .registered(name: nil, status: .confirmed, reservation: Self.key)), "c-42@1",
            Source.commandService, root: true)
        try check("CustomerConfirmed", 2, .confirmed)
        try check(
            "CustomerUnregistered", 3, .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none))
        let times = ReuseTimes([.init(attribute: "document", from: .never), .init(attribute: "email", from: Self.time)])
        try check(
            "CustomerUnregistered-reuse", 3, .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: times))
        try check(
            "CustomerUnregistered-duplicate", 2,
            .unregistered(.duplicate, loss: Self.loss, wanted: nil, reusableFrom: .none))
        try check(
            "CustomerUnregistered-changing", 4,
            .unregistered(
                .requested, loss: nil, wanted: changes(["document": "D2", "email": nil]), reusableFrom: .none))
        try check(
            "CustomerChangeStarted", 3,
            .changeStarted(wanted: changes(["document": "D2", "email": nil, "tax-number": "7"])))
        try check(
            "CustomerChanged", 4,
            .changed(
                previous: values(["document": "D0", "tax-number": "7"]),
                reusableFrom: ReuseTimes([.init(attribute: "tax-number", from: .never)])))
        try check("CustomerChanged-added", 4, .changed(previous: .none, reusableFrom: .none))
        try check(
            "CustomerChangeRejected", 4,
            .changeRejected(
                rejected: values(["document": "D2", "tax-number": "7"]),
                Loss(attribute: "tax-number", heldBy: "c-7")))
        try check(
            "CustomerChangeRejected-resting", 4,
            .changeRejected(rejected: values(["document": "D2"]), Loss(attribute: "document", heldBy: nil)))
    }

    @Test("Commands of the process manager") func processCommands() throws {
        func check(_ name: String, _ kind: ProcessCommand.Kind, _ id: String) throws {
            try Self.check(name, ProcessCommand(kind, customerID: "c-42"), id, Source.processManager)
        }
        try check("ConfirmCustomer", .confirm(version: 1), "c-42@1/confirm")
        try check("UnregisterCustomer", .compensate(Self.loss, version: 1), "c-42@1/unregister")
        try check(
            "UnregisterCustomer-resting", .compensate(Loss(attribute: "email", heldBy: nil), version: 1),
            "c-42@1/unregister")
        try check("ConfirmChange", .confirmChange(version: 3), "c-42@3/confirm-change")
        try check(
            "RejectChange", .rejectChange(Loss(attribute: "document", heldBy: "c-7"), version: 3),
            "c-42@3/reject-change")
        try check(
            "RegisterCustomer-reserved", .register(Self.both, name: "Zoë", reservation: Self.key),
            "\(Self.key)/register")
    }

    @Test("Outcomes") func outcomes() throws {
        func outcome(
            _ result: Outcome.Result, source: String = "/client",
            hash: String? = String(repeating: "0123456789abcdef", count: 4), duplicate: Bool = false, position: Int64?
        ) -> Outcome {
            Outcome(
                customerID: "c-42", commandID: "register", commandSource: source, commandHash: hash, result: result,
                isDuplicate: duplicate, position: position)
        }
        let id = "\(Self.key)/outcome"
        let source = Source.commandService
        try Self.check("CommandAccepted", outcome(.accepted(events: ["c-42@1"]), position: 17), id, source)
        try Self.check(
            "CommandAccepted-duplicate", outcome(.accepted(events: []), duplicate: true, position: 18), "\(id)/3/18",
            source)
        for code in RejectionCode.known {
            try Self.check(
                "CommandRejected-\(code.rawValue)", outcome(.rejected(code, message: code.message), position: nil), id,
                source)
        }
        try Self.check(
            "CommandRejected-unreadable",
            outcome(.rejected(.malformed, message: "`type` is missing."), source: "", hash: nil, position: 17), id,
            source)
    }

    @Test("Claims and releases of keys") func claims() throws {
        func claim(_ ground: ClaimGround, _ keys: UniqueValues = Self.both, at: Int = 1) throws -> KeyWish {
            var claim = try #require(KeyClaim(customerID: "c-42", keys: keys.keys, ground: ground))
            for _ in 1..<at { claim = try #require(claim.next) }
            return .claim(claim)
        }
        let source = Source.projection
        let first = ClaimGround.event(version: 1, purpose: .registration, reservation: nil)
        try Self.check("ClaimKey", try claim(first), "c-42@1/claim", source)
        try Self.check("ClaimKey-sent-on", try claim(first, at: 2), "c-42@1/claim/2", source)
        try Self.check(
            "ClaimKey-change",
            try claim(
                .event(version: 3, purpose: .change, reservation: nil), values(["email": "ana@example.com"])),
            "c-42@3/claim", source)
        try Self.check(
            "ClaimKey-reserved", try claim(.event(version: 1, purpose: .registration, reservation: Self.key)),
            "c-42@1/claim", source)
        try Self.check(
            "ReserveKey", try claim(.reservation(Self.key)), "\(Self.key)/reserve", Source.processManager)

        func release(_ ground: KeyRelease.Ground, _ reusableFrom: ReusableFrom? = nil) -> KeyRelease {
            KeyRelease(customerID: "c-42", key: Self.both.keys[1], ground: ground, reusableFrom: reusableFrom)
        }
        let id = "c-42@4/release/email"
        try Self.check("ReleaseKey", KeyWish.release(release(.version(4))), id, source)
        try Self.check("ReleaseKey-later", KeyWish.release(release(.version(4), Self.time)), id, source)
        try Self.check("ReleaseKey-never", KeyWish.release(release(.version(4), .never)), id, source)
        try Self.check(
            "ReleaseKey-reserved", KeyWish.release(release(.reservation(Self.key))), "\(Self.key)/release/email",
            Source.processManager)
        try Self.check("KeyReleased", KeyAnswer.released(release(.version(4))), "\(id)/released", source)
        try Self.check(
            "KeyReleased-reserved", KeyAnswer.released(release(.reservation(Self.key))),
            "\(Self.key)/release/email/released", source)
        // From when it can be taken again, the index alone has to know.
        let resting = Message(Self.metadata("\(id)/released", source), KeyAnswer.released(release(.version(4), .never)))
        #expect(
            resting.encoded()
                == Message(resting.metadata, KeyAnswer.released(release(.version(4)))).encoded())
    }

    @Test("Verdicts and holders") func verdicts() throws {
        func verdict(_ ground: ClaimGround, _ loss: Loss? = nil) throws -> KeyAnswer {
            let claim = try #require(KeyClaim(customerID: "c-42", keys: Self.both.keys, ground: ground))
            return .verdict(KeyVerdict(on: claim, loss: loss))
        }
        let source = Source.projection
        try Self.check(
            "KeysClaimed", try verdict(.event(version: 1, purpose: .registration, reservation: nil)),
            "c-42@1/claim/granted", source)
        try Self.check(
            "KeysClaimed-reserved", try verdict(.event(version: 1, purpose: .registration, reservation: Self.key)),
            "c-42@1/claim/granted", source)
        let change = ClaimGround.event(version: 3, purpose: .change, reservation: nil)
        try Self.check("KeysClaimRejected", try verdict(change, Self.loss), "c-42@3/claim/rejected", source)
        try Self.check(
            "KeysClaimRejected-resting", try verdict(change, Loss(attribute: "email", heldBy: nil)),
            "c-42@3/claim/rejected", source)
        try Self.check("KeysReserved", try verdict(.reservation(Self.key)), "\(Self.key)/reserve/granted", source)
        try Self.check(
            "KeysReservationRejected",
            try verdict(.reservation(Self.key), Loss(attribute: "document", heldBy: "c-7")),
            "\(Self.key)/reserve/rejected", source)

        func holder(_ status: KeyHolder.Status, _ reservation: String?) -> KeyHolder {
            KeyHolder(
                key: Self.both.keys[1], customerID: "c-42", status: status, reservation: reservation, position: 9)
        }
        try Self.check("KeyHolder", holder(.claimed, nil), "c-42@1/claim/2/holder", source)
        try Self.check("KeyHolder-reserved", holder(.reserved, Self.key), "\(Self.key)/reserve/2/holder", source)
        #expect(KeyHolder.positionHeader == "position", "of a tombstone")
    }

    @Test("The process manager's book") func registrations() throws {
        func check(
            _ name: String, _ step: String, _ kind: RegistrationEvent.Kind, of process: String = "c-42@1"
        ) throws {
            try Self.check(
                name, RegistrationEvent(process: process, customerID: "c-42", kind: kind), "\(process)/\(step)",
                Source.processManager)
        }
        let both = ValueChanges(Self.both)
        try check(
            "RegistrationStarted", "started", .started(strategy: .compensate, values: both, name: nil, version: 1))
        try check(
            "RegistrationStarted-change", "started",
            .started(
                strategy: .change, values: changes(["document": "D2", "email": nil]), name: nil, version: 3),
            of: "c-42@3")
        try check(
            "RegistrationStarted-reserve", "started",
            .started(strategy: .reserve, values: both, name: "Zoë", version: nil), of: Self.key)
        let confirm = Message(
            Self.metadata("c-42@1/confirm", Source.processManager),
            ProcessCommand(.confirm(version: 1), customerID: "c-42"))
        try check(
            "RegistrationCommandIssued", "confirm/issued/2",
            .commandIssued(topic: .processCommands, attempt: 2, command: confirm.encoded()))
        let release = Message(
            Self.metadata("\(Self.key)/release/email", Source.processManager),
            KeyWish.release(
                KeyRelease(customerID: "c-42", key: Self.both.keys[1], ground: .reservation(Self.key))))
        try check(
            "RegistrationCommandIssued-release", "release/email/issued/1",
            .commandIssued(topic: .uniqueClaims, attempt: 1, command: release.encoded()), of: Self.key)
        try check("RegistrationCompleted", "completed", .completed)
        try check("RegistrationCompensated", "compensated", .compensated(Self.loss))
        try check(
            "RegistrationRejected", "rejected",
            .rejected(code: "value-taken", Loss(attribute: "document", heldBy: "c-7")), of: Self.key)
        try check("RegistrationRejected-left", "rejected", .rejected(code: "already-unregistered", nil))
        try check("RegistrationEscalated", "escalated", .escalated(reason: "no-answer"))
    }

    @Test("The declaration") func declaration() throws {
        let declaration = Declaration(
            attributes: [
                UniqueAttribute(
                    name: "document", normalize: .digits(length: 11), reuse: .after(.seconds(90 * 86_400))),
                UniqueAttribute(name: "email", normalize: .email, reuse: .never, isRequired: false),
            ], partitions: 3)
        try Self.check(
            "DeploymentDeclared", DeploymentDeclared(revision: 2, declaration: declaration), "declared-1",
            "/soleholder", root: true)
    }

    @Test("What is no message of a service is refused with a reason")
    func refused() throws {
        let good = String(
            decoding: Message(Self.metadata("c-42@2", "/x"), Self.event(2, .confirmed)).encoded(), as: UTF8.self)
        func problem(_ old: String, _ new: String) -> MessageProblem? {
            do {
                _ = try Message<CustomerEvent>(decoding: Array(good.replacing(old, with: new).utf8))
                return nil
            } catch { return error }
        }
        #expect(problem("", "") == nil)
        #expect(problem("CustomerConfirmed", "CustomerPromoted") == .unknownType)
        #expect(problem(#""version":2"#, #""version":"2""#) == .malformed("`version` is not a whole number"))
        #expect(problem(#""version":2"#, #""version":0"#) == .malformed("`version` is not positive"))
        #expect(
            problem(#""document":"52998224725""#, #""document":5"#)
                == .malformed("a member of `values` is not a string"))
        #expect(
            problem(#""document":"52998224725""#, #""document":null"#) == .malformed("a member of `values` is null"))
        #expect(
            problem(#""email":"#, #""document":"#) == .malformed("a member of `values` is there twice"))
        #expect(problem(#""values":{"#, #""value":{"#) == .malformed("`values` is missing"))
        #expect(problem(#""data":{"#, #""Data":{"#) == .malformed("`data` is not an object"))
        #expect(problem(#""source":"/x","#, "") == .malformed("`source` is missing"))
        #expect(problem("000250Z", "000250") == .malformed("`time` is no RFC 3339 time"))
        #expect(problem(#""id":"c-42@2","#, #""id":"c-42@2","id":"c-42@2","#) == .malformed("`id` is there twice"))
        #expect(throws: MessageProblem.malformed("there is no value")) {
            try Message<CustomerEvent>(decoding: nil as [UInt8]?)
        }
    }
}
