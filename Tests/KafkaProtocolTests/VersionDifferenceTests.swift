import KafkaProtocol
import Testing

/// Where old versions have another form for the same thing, there is one form here.
@Suite("Differences between versions") struct VersionDifferenceTests {
    private static func through<Message: ApiMessage>(_ message: Message, _ version: Int16) throws -> Message {
        try Message(message.encoded(version: version), version: version)
    }

    @Test("Metadata: an empty list at version 0 means all topics, and none from version 1 on") func metadata() throws {
        for asked in [nil, [] as [MetadataRequest.Topic]?] {
            #expect(try Self.through(MetadataRequest(topics: asked), 0).topics == nil)
            for version in Int16(1)...12 {
                #expect(try Self.through(MetadataRequest(topics: asked), version).topics == asked)
            }
        }
        // A name may be missing only where an id can stand for it.
        let named = MetadataResponse(topics: [.init(name: nil)])
        #expect(try Self.through(named, 11).topics.first?.name == "")
        #expect(try Self.through(named, 12).topics.first?.name == nil)
    }

    @Test("FindCoordinator: one key before version 4") func findCoordinator() throws {
        let request = FindCoordinatorRequest(coordinatorKeys: ["a", "b"], keyType: .transaction)
        #expect(try Self.through(request, 0) == FindCoordinatorRequest(coordinatorKeys: ["a"], keyType: .group))
        #expect(try Self.through(request, 3) == FindCoordinatorRequest(coordinatorKeys: ["a"], keyType: .transaction))
        #expect(try Self.through(request, 4) == request)

        let response = FindCoordinatorResponse(coordinators: [
            .init(key: "a", nodeID: 1, host: "h", port: 2, errorCode: .notCoordinator, errorMessage: "no")
        ])
        #expect(response.encoded(version: 0) == [0, 16, 0, 0, 0, 1, 0, 1, 0x68, 0, 0, 0, 2])
        let old = try #require(try Self.through(response, 3).coordinators.first)
        #expect(old == .init(key: "", nodeID: 1, host: "h", port: 2, errorCode: .notCoordinator, errorMessage: "no"))
        #expect(try Self.through(response, 4) == response)
    }

    @Test("OffsetFetch: one group before version 8, all of its topics from version 2 on") func offsetFetch() throws {
        let request = OffsetFetchRequest(groups: [
            .init(groupID: "g", topics: [.init(name: "t", partitionIndexes: [1])]), .init(groupID: "h"),
        ])
        #expect(try Self.through(request, 7).groups == Array(request.groups.prefix(1)))
        #expect(try Self.through(request, 8) == request)
        let all = OffsetFetchRequest(groups: [.init(groupID: "g", topics: nil)])
        #expect(try Self.through(all, 1).groups.first?.topics == [])
        #expect(try Self.through(all, 2) == all)

        let response = OffsetFetchResponse(groups: [
            .init(
                groupID: "g",
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 1, committedOffset: 5, metadata: "m")])],
                errorCode: .notCoordinator)
        ])
        let old = try #require(try Self.through(response, 2).groups.first)
        #expect(old.groupID.isEmpty && old.errorCode == .notCoordinator && old.topics == response.groups.first?.topics)
        #expect(try Self.through(response, 1).groups.first?.errorCode == ErrorCode.none)
        #expect(try Self.through(response, 8) == response)
    }

    @Test("LeaveGroup: one member and one error before version 3") func leaveGroup() throws {
        let request = LeaveGroupRequest(
            groupID: "g", members: [.init(memberID: "m", groupInstanceID: "i", reason: "r")])
        #expect(try Self.through(request, 2).members == [.init(memberID: "m")])
        #expect(try Self.through(request, 4).members == [.init(memberID: "m", groupInstanceID: "i")])
        #expect(try Self.through(request, 5) == request)

        let response = LeaveGroupResponse(members: [.init(memberID: "m", errorCode: .unknownMemberID)])
        #expect(try Self.through(response, 0) == LeaveGroupResponse(errorCode: .unknownMemberID))
        #expect(try Self.through(response, 3) == response)
        let failed = LeaveGroupResponse(errorCode: .notCoordinator, members: response.members)
        #expect(try Self.through(failed, 2).errorCode == .notCoordinator)
    }

    @Test("JoinGroup: one timeout at version 0, and null protocols from version 7 on") func joinGroup() throws {
        let request = JoinGroupRequest(sessionTimeoutMs: 5, rebalanceTimeoutMs: 6)
        #expect(try Self.through(request, 0).rebalanceTimeoutMs == 5)
        #expect(try Self.through(request, 1).rebalanceTimeoutMs == 6)
        let response = JoinGroupResponse(errorCode: .memberIDRequired, protocolName: nil)
        #expect(try Self.through(response, 6).protocolName == "")
        #expect(try Self.through(response, 7).protocolName == nil)
    }

    @Test("DeleteTopics: names alone before version 6") func deleteTopics() throws {
        let id = WireUUID(high: 1, low: 2)
        let request = DeleteTopicsRequest(topics: [.init(name: "t", topicID: id), .init(topicID: id)], timeoutMs: 3)
        #expect(try Self.through(request, 5).topics == [.init(name: "t"), .init(name: "")])
        #expect(try Self.through(request, 6) == request)
    }

    @Test("DescribeConfigs: version 0 only knows what is a default") func describeConfigs() throws {
        let sources: [ConfigSource] = [.defaultConfig, .topicConfig]
        let response = DescribeConfigsResponse(resources: [
            .init(resourceType: .topic, resourceName: "t", configs: sources.map { .init(name: "k", configSource: $0) })
        ])
        let old = try Self.through(response, 0).resources.flatMap(\.configs).map(\.configSource)
        #expect(old == [.defaultConfig, .unknown])
        #expect(try Self.through(response, 1) == response)
    }
}
