import KafkaProtocol

/// What clients were told and will say again.
struct Memory {
    struct Member {
        var id = ""
        var generation: Int32 = 0
    }

    private(set) var members: [Member] = []
    private(set) var topicIDs: [WireUUID] = []
    var producer: (id: Int64, epoch: Int16) = (0, 0)
    /// The next sequence of the producer in each topic; it writes to partition 0 alone.
    var sequences: [String: Int32] = [:]

    mutating func note(_ response: AnyResponse) {
        switch response {
        case .joinGroup(let joined) where !joined.memberID.isEmpty:
            note(Member(id: joined.memberID, generation: joined.generationID))
        case .createTopics(let created):
            for topic in created.topics where topic.errorCode == .none {
                topicIDs = topicIDs.suffix(3) + [topic.topicID]
            }
        case .initProducerID(let begun) where begun.errorCode == .none:
            producer = (begun.producerID, begun.producerEpoch)
            sequences = [:]
        default: break
        }
    }

    private mutating func note(_ member: Member) { members = members.suffix(3) + [member] }
}
