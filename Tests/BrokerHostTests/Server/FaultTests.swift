import BrokerCore
import Foundation
import KafkaProtocol
import Testing

@testable import BrokerHost

@Suite struct FaultTests {
    /// A server with a control endpoint, in memory, for one test.
    private final class Served {
        let server: BrokerServer

        init() throws {
            server = try BrokerServer(
                BrokerServer.Configuration(store: .memory, control: ("127.0.0.1", 0)), logger: silent)
            try server.createTopic(named: "letters", partitions: 1)
        }

        deinit { server.stop() }

        func client(_ name: String = "test") throws -> SocketClient {
            try SocketClient(port: server.port, clientID: name)
        }

        /// One HTTP exchange with the control endpoint; returns status line and body.
        func control(_ method: String, _ body: String = "", path: String = "/faults") throws -> (String, String) {
            try SocketClient(port: try #require(server.controlPort)).http(method, path, body)
        }

        func add(_ fault: String) throws { #expect(try control("POST", fault).0.contains("201")) }

        /// How often each fault was consumed.
        func consumed() throws -> [Int] {
            struct List: Decodable {
                struct Item: Decodable { var consumed: Int }
                var faults: [Item]
            }
            return try JSONDecoder().decode(List.self, from: Data(control("GET").1.utf8)).faults.map(\.consumed)
        }
    }

    private let served: Served

    init() throws { served = try Served() }

    @Test func errorsAreAnsweredAndCounted() throws {
        try served.add(#"{"api":"Produce","kind":"error","count":2,"code":7}"#)
        let client = try served.client()
        #expect(try client.produce("letters", ["a"]).errorCode == .requestTimedOut)
        #expect(try served.consumed() == [1])
        #expect(try client.produce("letters", ["b"]).errorCode == .requestTimedOut)
        #expect(try client.produce("letters", ["c"]).errorCode == .none)
        #expect(try served.consumed() == [2])
        #expect(try client.fetch("letters") == ["c"])
        #expect(try served.control("DELETE").0.contains("204"))
        #expect(try served.consumed() == [])
    }

    @Test func aFaultCanBeForOneClient() throws {
        try served.add(#"{"api":"*","kind":"close","clientId":"victim"}"#)
        let other = try served.client("other")
        #expect(try other.produce("letters", ["a"]).errorCode == .none)
        let victim = try served.client("victim")
        try victim.send(.metadata(MetadataRequest(topics: nil)))
        #expect(try victim.isClosed())
        #expect(try served.consumed() == [1])
    }

    @Test func aDroppedResponseWasDone() throws {
        try served.add(#"{"api":"Produce","kind":"drop-response"}"#)
        let client = try served.client()
        try client.send(.produce(SocketClient.produceRequest("letters", ["done"])))
        #expect(try client.isClosed())
        #expect(try served.client().fetch("letters") == ["done"])
    }

    @Test func aDroppedRequestWasNotDone() throws {
        try served.add(#"{"api":"Produce","kind":"drop-request"}"#)
        let client = try served.client()
        try client.send(.produce(SocketClient.produceRequest("letters", ["lost"])))
        // The connection goes on; the answer to the next request is the next that comes.
        #expect(try client.fetch("letters") == [])
        #expect(try served.consumed() == [1])
    }

    @Test(arguments: ["request", "response"]) func delaysDelay(_ side: String) throws {
        try served.add(#"{"api":"Produce","kind":"delay","milliseconds":300,"on":"\#(side)"}"#)
        let client = try served.client()
        let start = ContinuousClock.now
        try client.send(.produce(SocketClient.produceRequest("letters", ["slow"])))
        // Whoever has asked has also been seen.
        try waitUntil("consumed") { try served.consumed() == [1] }
        let seen = try served.client().fetch("letters")
        if ContinuousClock.now - start < .milliseconds(250) { #expect(seen == (side == "response" ? ["slow"] : [])) }
        #expect(try client.receive(.produce).correlationID == 1)
        #expect(ContinuousClock.now - start >= .milliseconds(300))
        #expect(try client.fetch("letters") == ["slow"])
    }

    @Test func aLateRequestLandsAfterItsConnectionIsGone() throws {
        try served.add(#"{"api":"Produce","kind":"late","milliseconds":200}"#)
        let client = try served.client()
        try client.send(.produce(SocketClient.produceRequest("letters", ["late"])))
        #expect(try client.isClosed())
        let reader = try served.client()
        try waitUntil("the late request") { try reader.fetch("letters") == ["late"] }
    }

    @Test func aFullDiskRefusesProduce() throws {
        try served.add(#"{"kind":"disk-full","count":1}"#)
        let client = try served.client()
        #expect(try client.fetch("letters") == [])
        #expect(try served.consumed() == [0])
        #expect(try client.produce("letters", ["a"]).errorCode == .storageError)
        #expect(try client.produce("letters", ["b"]).baseOffset == 0)
    }

    @Test func aFrozenBrokerAnswersWhenItThaws() throws {
        let client = try served.client()
        try served.add(#"{"kind":"freeze","milliseconds":300}"#)
        let start = ContinuousClock.now
        #expect(try client.produce("letters", ["a"]).baseOffset == 0)
        #expect(ContinuousClock.now - start >= .milliseconds(250))
        // Taking the fault back ends it.
        try served.add(#"{"kind":"freeze","milliseconds":600000}"#)
        try client.send(.metadata(MetadataRequest(topics: nil)))
        #expect(try served.control("DELETE").0.contains("204"))
        #expect(try client.receive(.metadata).correlationID == 2)
    }

    @Test func connectionsAreRefusedForATime() throws {
        let old = try served.client()
        #expect(try old.produce("letters", ["a"]).errorCode == .none)
        try served.add(#"{"kind":"refuse-connections","milliseconds":300}"#)
        try waitUntil("refused") { (try? served.client()) == nil }
        #expect(try old.fetch("letters") == ["a"], "who is connected stays so")
        try waitUntil("let in again") { (try? served.client()) != nil }
        #expect(try served.client().fetch("letters") == ["a"])
        #expect(try served.consumed() == [1])
    }

    @Test(arguments: [
        "", "{}", #"{"kind":"nonsense"}"#, #"{"kind":"error","api":"Nonsense"}"#, #"{"kind":"error","count":0}"#,
        #"{"kind":"delay","milliseconds":-1}"#,
    ]) func nonsenseIsRefused(_ body: String) throws {
        let (status, answer) = try served.control("POST", body)
        #expect(status.contains("400") && answer.contains("error"))
        #expect(try served.consumed() == [])
    }

    @Test func otherPathsAndMethodsAreRefused() throws {
        #expect(try served.control("GET", path: "/").0.contains("404"))
        #expect(try served.control("PUT").0.contains("405"))
    }

    /// Every API that a test may want to fail has its error in the right place.
    @Test func errorAnswersCarryTheirCode() throws {
        let code = ErrorCode.coordinatorNotAvailable
        let requests: [AnyRequest] = [
            .produce(SocketClient.produceRequest("letters", ["a"])),
            .fetch(try SocketClient.fetchRequest("letters", from: 0)),
            .listOffsets(ListOffsetsRequest(topics: [.init(name: "t", partitions: [.init()])])),
            .metadata(MetadataRequest(topics: [.init(name: "t")])),
            .findCoordinator(FindCoordinatorRequest(coordinatorKeys: ["g"])), .joinGroup(.blank), .syncGroup(.blank),
            .heartbeat(.blank), .leaveGroup(.blank),
            .offsetCommit(OffsetCommitRequest(topics: [.init(name: "t", partitions: [.init()])])),
            .offsetFetch(
                OffsetFetchRequest(groups: [.init(groupID: "g", topics: [.init(name: "t", partitionIndexes: [0])])])),
            .initProducerID(.blank),
            .addPartitionsToTxn(AddPartitionsToTxnRequest(topics: [.init(name: "t", partitions: [0])])),
            .addOffsetsToTxn(.blank), .endTxn(.blank),
            .txnOffsetCommit(TxnOffsetCommitRequest(topics: [.init(name: "t", partitions: [.init()])])),
        ]
        for request in requests {
            let answer = try #require(ErrorAnswer.to(request, code), "\(request.apiKey)")
            #expect(answer.apiKey == request.apiKey)
            for version in request.apiKey.supportedVersions {
                let bytes = ResponseFrame(correlationID: 1, response: answer).encoded(version: version)
                let read = try ResponseFrame.decode(Array(bytes[4...]), apiKey: request.apiKey, version: version)
                #expect("\(read.response)".contains("\(code)"), "\(request.apiKey) \(version)")
            }
        }
    }
}
