import CRdKafka
public import EventLog

extension KafkaGroupConsumer {
    public func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> PollResult {
        try requireOpen("poll")
        let deadline = Deadline(after: timeout)
        while true {
            queues.clearSignal()
            serveMain()
            if let putOut { try settle(putOut) }
            if let answer = try nextNews() { return answer }
            if let failure {
                self.failure = nil
                throw failure
            }
            var records: [LogRecord] = []
            var room = ConsumerDefaults.pollBytes
            unsafe drain(queues.urgent, maxRecords, &room, into: &records)
            unsafe drain(queues.normal, maxRecords, &room, into: &records)
            if !records.isEmpty { return .records(records) }
            if failure == nil {
                queues.wait(deadline.remainingMilliseconds)
                if deadline.hasPassed { return .records([]) }
            }
        }
    }

    public func heartbeat() throws(LogError) -> Bool {
        try requireOpen("heartbeat")
        serveMain()
        return putOut != nil || !news.isEmpty
    }

    private func nextNews() throws(LogError) -> PollResult? {
        guard !news.isEmpty else { return nil }
        switch news.removeFirst() {
        case .assigned(let partitions, let membership):
            (given, offered) = (partitions, membership)
            return .assigned(partitions)
        case .revoked(let partitions, let lost):
            offered = nil
            if lost { membership = nil }
            return .revoked(partitions, lost: lost)
        case .failed(let error): throw error
        }
    }

    // MARK: Records

    private func drain(
        _ queue: OpaquePointer?, _ maxRecords: Int, _ room: inout Int, into records: inout [LogRecord]
    ) {
        while records.count < maxRecords, room > 0, failure == nil,
            let message = unsafe rd_kafka_consume_queue(queue, 0)
        {
            if unsafe message.pointee.err == .success {
                unsafe room -= message.pointee.len + message.pointee.key_len
                let record = unsafe decoding.record(message)
                if isAssigned(record) { records.append(record) }
            } else {
                failure = unsafe failure(of: message)
            }
            unsafe rd_kafka_message_destroy(message)
        }
    }

    // Runs of one partition are the rule: hash only at a change.
    private func isAssigned(_ record: LogRecord) -> Bool {
        if let lastPlace, lastPlace.partition == record.partition, lastPlace.topic == record.topic { return true }
        let place = record.topicPartition
        guard assigned.contains(place) else { return false }
        lastPlace = place
        return true
    }

    private func failure(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> LogError? {
        let cause = unsafe message.pointee.err
        let place = unsafe decoding.place(message)
        let detail = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        switch ErrorMapping.code(cause) {
        case .offsetOutOfRange:
            guard assigned.contains(place) else { return nil }
            return client.missing(place, wanted: unsafe message.pointee.offset, cause: cause)
        case .unreachable, .unavailable, .rejoin:
            client.warn("FETCH", "\(place): \(detail ?? ErrorMapping.text(cause))")
            return nil
        case .fenced, .unknownTopic, .notAuthorized, .recordTooLarge, .configuration, .other:
            if cause == RD_KAFKA_RESP_ERR__PARTITION_EOF { return nil }
            return ErrorMapping.error(
                cause, doing: "read a partition", detail: detail, place: place,
                needs: MissingAccess(.read, topics: [place.topic]))
        }
    }

    // MARK: Events

    /// Takes what the main queue holds, without waiting.
    private func serveMain() {
        while let event = unsafe rd_kafka_queue_poll(queues.main, 0) {
            defer { unsafe rd_kafka_event_destroy(event) }
            switch unsafe rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_REBALANCE: unsafe takeRebalance(event)
            case RD_KAFKA_EVENT_ERROR: unsafe takeError(event)
            case RD_KAFKA_EVENT_FETCH:
                // Can't happen while every partition is forwarded before it is assigned. A record lost here would be
                // skipped silently: stop instead.
                news.append(.failed(LogError(.other, "group \(group): a record came outside its partition's queue")))
            case let type:
                client.warn("EVENT", "an event of unknown type \(type) was dropped")
            }
        }
    }

    private func takeRebalance(_ event: OpaquePointer) {
        let partitions =
            unsafe rd_kafka_event_topic_partition_list(event).map { unsafe PartitionList.entries($0).map(\.place) }
            ?? []
        switch unsafe rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            // Kept with the news: the caller may still work on what it was given before.
            news.append(.assigned(partitions.sorted(), GroupMembership(of: client)))
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let lost = unsafe rd_kafka_assignment_lost(client.raw) != 0
            // An assignment that the caller never heard of needs no revocation: answer for it.
            if case .assigned? = news.last {
                news.removeLast()
                if assigned.isEmpty {
                    unsafe _ = rd_kafka_assign(client.raw, nil)
                    return
                }
            }
            news.append(.revoked(partitions.sorted(), lost: lost))
        case let cause:
            client.warn("REBALANCE", "rebalance failed: \(ErrorMapping.text(cause))")
            unsafe _ = rd_kafka_assign(client.raw, nil)
        }
    }

    private func takeError(_ event: OpaquePointer) {
        let cause = unsafe rd_kafka_event_error(event)
        let detail = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) } ?? ""
        let isFatal = unsafe rd_kafka_event_error_is_fatal(event) != 0
        if isFatal || cause == RD_KAFKA_RESP_ERR__FATAL {
            let error =
                client.fatalFailure(doing: "group \(group)")
                ?? ErrorMapping.error(cause, doing: "group \(group)", detail: detail)
            if error.code == .fenced, instanceID != nil { putOut = error } else { news.append(.failed(error)) }
            return
        }
        switch ErrorMapping.code(cause) {
        case .notAuthorized, .fenced, .configuration:
            news.append(.failed(ErrorMapping.error(cause, doing: "group \(group)", detail: detail, needs: access)))
        case .unknownTopic where assigned.isEmpty:
            news.append(.failed(ErrorMapping.error(cause, doing: "group \(group)", detail: detail)))
        case .unknownTopic, .unreachable, .unavailable, .rejoin, .offsetOutOfRange, .recordTooLarge, .other:
            // librdkafka goes on by itself. A member that was too slow hears of it by `.revoked` with `lost`.
            client.warn(ErrorMapping.name(cause), detail)
        }
    }
}
