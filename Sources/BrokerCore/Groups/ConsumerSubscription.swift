internal import KafkaProtocol

/// The topics in a consumer's metadata (message `ConsumerProtocolSubscription`).
///
/// The metadata belongs to the clients, and may be anything. As in Kafka, a newer version than the ones we know is read
/// as if it were one: newer versions may only add fields behind the topics.
enum ConsumerSubscription {
    /// The name of the protocol type whose metadata these are.
    static let protocolType = "consumer"

    /// The topics; nil where the metadata can't be read.
    static func topics(_ metadata: [UInt8]) -> [String]? {
        var reader = WireReader(metadata)
        do throws(WireError) {
            guard try reader.int16() >= 0 else { return nil }
            return try reader.array(false) { reader throws(WireError) in try reader.string(false) }
        } catch {
            return nil
        }
    }
}
