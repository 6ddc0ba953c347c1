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

    private static func event(_ version: Int64, _ kind: CustomerEvent.Kind) -> CustomerEvent {
        CustomerEvent(customerID: "c-42", version: version, document: "52998224725", kind: kind)
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
        let source = Source.commandService
        try Self.check(
            "CustomerRegistered", Self.event(1, .registered(name: "Zoë \"Z\"", status: .pending, reservation: nil)),
            "c-42@1", source)
        try Self.check(
            "CustomerRegistered-reserved",
            Self.event(1, .registered(name: nil, status: .confirmed, reservation: "r-1")),
            "c-42@1", source, root: true)
        try Self.check("CustomerConfirmed", Self.event(2, .confirmed), "c-42@2", source)
        try Self.check(
            "CustomerUnregistered", Self.event(2, .unregistered(reason: .requested, heldBy: nil)), "c-42@2", source)
        try Self.check(
            "CustomerUnregistered-duplicate", Self.event(2, .unregistered(reason: .duplicateDocument, heldBy: "c-7")),
            "c-42@2", source)
        try Self.check(
            "CustomerUnregistered-changing",
            Self.event(4, .unregistered(reason: .requested, heldBy: nil, wantedDocument: "D2")), "c-42@4", source)
        try Self.check(
            "CustomerDocumentChangeStarted", Self.event(3, .documentChangeStarted(previous: "D0")), "c-42@3", source)
        try Self.check("CustomerDocumentChanged", Self.event(4, .documentChanged(previous: "D0")), "c-42@4", source)
        try Self.check(
            "CustomerDocumentChangeRejected",
            Self.event(4, .documentChangeRejected(rejected: "D2", heldBy: "c-7")), "c-42@4", source)
    }

    @Test("Commands of the process manager") func processCommands() throws {
        let source = Source.processManager
        try Self.check(
            "ConfirmCustomer", ProcessCommand(.confirm, customerID: "c-42", document: "52998224725", version: 1),
            "c-42@1/confirm", source)
        try Self.check(
            "UnregisterCustomer",
            ProcessCommand(.compensate(heldBy: "c-7"), customerID: "c-42", document: "52998224725", version: 1),
            "c-42@1/unregister", source)
        try Self.check(
            "UnregisterCustomer-unknown-holder",
            ProcessCommand(.compensate(heldBy: nil), customerID: "c-42", document: "52998224725", version: 1),
            "c-42@1/unregister", source)
        try Self.check(
            "ConfirmDocumentChange", ProcessCommand(.confirmChange, customerID: "c-42", document: "D2", version: 3),
            "c-42@3/confirm-change", source)
        try Self.check(
            "RejectDocumentChange",
            ProcessCommand(.rejectChange(heldBy: "c-7"), customerID: "c-42", document: "D2", version: 3),
            "c-42@3/reject-change", source)
        try Self.check(
            "RegisterCustomer-reserved",
            ProcessCommand(.register(name: "Zoë", reservation: "r-1"), customerID: "c-42", document: "52998224725"),
            "r-1/register", source)
    }

    @Test("Outcomes") func outcomes() throws {
        let hash = String(repeating: "0123456789abcdef", count: 4)
        let key = "5869b6bf-a57f-5be7-a336-7faf0b39d716"
        func outcome(_ result: Outcome.Result, duplicate: Bool, position: Int64?) -> Outcome {
            Outcome(
                customerID: "c-42", commandID: "register", commandSource: "/client", commandHash: hash, result: result,
                isDuplicate: duplicate, position: position)
        }
        let source = Source.commandService
        try Self.check(
            "CommandAccepted", outcome(.accepted(events: ["c-42@1"]), duplicate: false, position: 17),
            "\(key)/outcome", source)
        try Self.check(
            "CommandAccepted-duplicate", outcome(.accepted(events: []), duplicate: true, position: 18),
            "\(key)/outcome/3/18", source)
        for code in RejectionCode.known {
            try Self.check(
                "CommandRejected-\(code.rawValue)",
                outcome(.rejected(code, message: code.message), duplicate: false, position: nil), "\(key)/outcome",
                source)
        }
    }

    @Test("Claims and answers of the index") func documents() throws {
        let plain = DocumentReference(document: "52998224725", customerID: "c-42", version: 1, purpose: .registration)
        let change = DocumentReference(document: "52998224725", customerID: "c-42", version: 3, purpose: .change)
        let reserved = DocumentReference(document: "52998224725", customerID: "c-42", reservation: "r-1")
        let source = Source.projection
        try Self.check("ClaimDocument", DocumentClaim(.claim, plain), "c-42@1/claim", source)
        try Self.check("ClaimDocument-change", DocumentClaim(.claim, change), "c-42@3/claim", source)
        try Self.check("ReserveDocument", DocumentClaim(.reserve, reserved), "r-1/reserve", Source.processManager)
        try Self.check("ReleaseDocument", DocumentClaim(.release, plain), "c-42@2/release", source)
        var resting = plain
        resting.reusableFrom = .time(Timestamp(microseconds: 1_795_464_900_000_250))
        try Self.check("ReleaseDocument-later", DocumentClaim(.release, resting), "c-42@2/release", source)
        resting.reusableFrom = .never
        try Self.check("DocumentReleased-never", DocumentEvent(.released, resting), "c-42@2/release/released", source)
        try Self.check("DocumentClaimed", DocumentEvent(.claimed, plain), "c-42@1/claim/claimed", source)
        try Self.check("DocumentReserved", DocumentEvent(.reserved, reserved), "r-1/reserve/reserved", source)
        try Self.check("DocumentReleased", DocumentEvent(.released, plain), "c-42@2/release/released", source)
        try Self.check(
            "DocumentClaimRejected", DocumentEvent(.claimRejected, plain, heldBy: "c-7"), "c-42@1/claim/rejected",
            source)
        try Self.check(
            "DocumentReservationRejected", DocumentEvent(.reservationRejected, reserved, heldBy: "c-7"),
            "r-1/reserve/rejected", source)
        try Self.check(
            "DocumentHolder",
            DocumentHolder(
                document: "52998224725", customerID: "c-42", status: .claimed, reservation: nil, position: 9),
            "c-42@1/claim/holder", source)
        try Self.check(
            "DocumentHolder-reserved",
            DocumentHolder(
                document: "52998224725", customerID: "c-42", status: .reserved, reservation: "r-1", position: 9),
            "r-1/reserve/holder", source)
    }

    @Test("The process manager's book") func registrations() throws {
        func event(_ kind: RegistrationEvent.Kind) -> RegistrationEvent {
            RegistrationEvent(process: "c-42@1", customerID: "c-42", kind: kind)
        }
        let source = Source.processManager
        try Self.check(
            "RegistrationStarted",
            event(.started(strategy: .compensate, document: "52998224725", name: nil, version: 1)), "c-42@1/started",
            source)
        try Self.check(
            "RegistrationStarted-reserve",
            event(.started(strategy: .reserve, document: "52998224725", name: "Zoë", version: nil)), "r-1/started",
            source)
        let command = Message(
            Self.metadata("c-42@1/confirm", source),
            ProcessCommand(.confirm, customerID: "c-42", document: "52998224725", version: 1)
        ).encoded()
        try Self.check(
            "RegistrationCommandIssued", event(.commandIssued(topic: .processCommands, attempt: 2, command: command)),
            "c-42@1/issued/2", source)
        try Self.check("RegistrationCompleted", event(.completed), "c-42@1/completed", source)
        try Self.check("RegistrationCompensated", event(.compensated(heldBy: "c-7")), "c-42@1/compensated", source)
        try Self.check(
            "RegistrationRejected", event(.rejected(code: "document-taken", heldBy: "c-7")), "c-42@1/rejected", source)
        try Self.check("RegistrationEscalated", event(.escalated(reason: "no-answer")), "c-42@1/escalated", source)
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
        #expect(problem(#""document":"52998224725""#, #""document":5"#) == .malformed("`document` is not a string"))
        #expect(problem(#""data":{"#, #""Data":{"#) == .malformed("`data` is not an object"))
        #expect(problem(#""source":"/x","#, "") == .malformed("`source` is missing"))
        #expect(problem("000250Z", "000250") == .malformed("`time` is no RFC 3339 time"))
        #expect(problem(#""id":"c-42@2","#, #""id":"c-42@2","id":"c-42@2","#) == .malformed("`id` is there twice"))
        #expect(throws: MessageProblem.malformed("there is no value")) {
            try Message<CustomerEvent>(decoding: nil as [UInt8]?)
        }
    }
}
