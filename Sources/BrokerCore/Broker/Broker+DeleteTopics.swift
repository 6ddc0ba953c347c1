internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// DeleteTopics, by name or by id.
    mutating func deleteTopics(_ request: DeleteTopicsRequest, _ step: inout Step) -> DeleteTopicsResponse {
        var response = DeleteTopicsResponse()
        for asked in request.topics {
            var answer = DeleteTopicsResponse.Topic(name: asked.name, topicID: asked.topicID)
            if let topic = asked.name.map({ topics[$0] }) ?? topics.named(by: asked.topicID) {
                answer.name = topic.name
                answer.topicID = topic.id
                delete(topic, &step)
            } else {
                answer.errorCode = asked.name == nil ? .unknownTopicID : .unknownTopicOrPartition
                answer.errorMessage = "there is no such topic"
            }
            response.topics.append(answer)
        }
        return response
    }

    /// The topic goes first: what is left of it when a crash comes then is removed at the next start.
    private mutating func delete(_ topic: TopicRecord, _ step: inout Step) {
        record(.deleted(name: topic.name), &step)
        run(groups.topicDeleted(topic.name, now: step.now), &step)
        for place in topic.places {
            step.actions.append(.deleteLog(place))
            touch(place, &step)
        }
    }

    /// DeleteRecords (KIP-107).
    mutating func deleteRecords(
        _ request: DeleteRecordsRequest, _ caller: Caller, _ step: inout Step
    ) -> DeleteRecordsResponse {
        var response = DeleteRecordsResponse()
        for topic in request.topics {
            var answer = DeleteRecordsResponse.Topic(name: topic.name)
            for partition in topic.partitions {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                answer.partitions.append(deleteRecords(of: place, before: partition.offset, caller, &step))
            }
            response.topics.append(answer)
        }
        return response
    }

    private mutating func deleteRecords(
        of place: TopicPartition, before offset: Int64, _ caller: Caller, _ step: inout Step
    ) -> DeleteRecordsResponse.Partition {
        let error = partitions[place] == nil ? .none : nodes.check(place, at: caller.node)
        if error != .none { return .init(partitionIndex: place.partition, errorCode: error) }
        do {
            guard let deleted = try partitions[place]?.deleteRecords(before: offset) else {
                return .init(partitionIndex: place.partition, errorCode: .unknownTopicOrPartition)
            }
            run(deleted.effects, on: place, &step)
            return .init(partitionIndex: place.partition, lowWatermark: deleted.lowWatermark)
        } catch {
            return .init(partitionIndex: place.partition, errorCode: error.errorCode)
        }
    }
}
