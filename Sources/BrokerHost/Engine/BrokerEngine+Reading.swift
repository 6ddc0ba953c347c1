internal import BrokerCore
internal import EventLog
internal import KafkaProtocol
internal import Logging

extension BrokerEngine {
    /// A reply's response with the stored bytes that belong in it.
    ///
    /// They are read at once: what follows in the same step may delete them.
    func filled(_ reply: BrokerReply) throws(StorageError) -> AnyResponse? {
        guard !reply.reads.isEmpty, let response = reply.response else { return reply.response }
        switch response {
        case .fetch(var fetch):
            for read in reply.reads { try fill(&fetch, read) }
            return .fetch(fetch)
        case .listOffsets(var offsets):
            for read in reply.reads { try fill(&offsets, read) }
            return .listOffsets(offsets)
        default: return response
        }
    }

    private func fill(_ response: inout FetchResponse, _ read: LogRead) throws(StorageError) {
        guard case .records(let topic, let partition, let place, let slice) = read,
            response.topics.indices.contains(topic), response.topics[topic].partitions.indices.contains(partition)
        else { return }
        guard slice.batchCount > 0 else { return }
        let bytes = try storage.read(place, slice.baseOffset..<slice.endOffset)
        guard bytes.count == slice.byteCount else {
            throw StorageError(
                .corrupt,
                "the log \(place) has \(bytes.count) bytes from offset \(slice.baseOffset) to \(slice.endOffset), and its "
                    + "index says \(slice.byteCount)")
        }
        response.topics[topic].partitions[partition].records = bytes
    }

    private func fill(_ response: inout ListOffsetsResponse, _ read: LogRead) throws(StorageError) {
        guard case .offset(let topic, let partition, let place, let first, let query, let isolation) = read,
            response.topics.indices.contains(topic), response.topics[topic].partitions.indices.contains(partition)
        else { return }
        var candidate: BatchCandidate? = first
        while let batch = candidate {
            if let match = try search(batch, of: place, query) {
                response.topics[topic].partitions[partition].offset = match.offset
                response.topics[topic].partitions[partition].timestamp = match.timestamp
                response.topics[topic].partitions[partition].leaderEpoch = broker.leaderEpoch(
                    at: match.offset, in: place)
                return
            }
            candidate = broker.nextCandidate(in: place, behind: batch, query, isolation: isolation)
        }
    }

    private func search(
        _ candidate: BatchCandidate, of place: TopicPartition, _ query: OffsetQuery
    ) throws(StorageError) -> TimestampSearch.Match? {
        guard let bytes = try storage.batch(place, at: candidate.baseOffset) else {
            throw StorageError(.missing, "the log \(place) has no batch at offset \(candidate.baseOffset)")
        }
        let unpack: Decompressor = { Decompression.unpack($0, $1) }
        do {
            switch query {
            case .maxTimestamp:
                return try TimestampSearch.latest(in: bytes, from: candidate.firstOffset, decompress: unpack)
            case .timestamp(let timestamp):
                return try TimestampSearch.first(
                    in: bytes, atOrAfter: timestamp, from: candidate.firstOffset, decompress: unpack)
            case .earliest, .latest: return nil
            }
        } catch {
            // Packed records are stored as they came: what a client packed badly, nobody can look into.
            logger.debug(
                "a batch can't be searched",
                metadata: ["partition": "\(place)", "offset": "\(candidate.baseOffset)", "problem": "\(error)"])
            return nil
        }
    }
}
