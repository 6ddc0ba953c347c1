import CRdKafka
import EventLog

/// What a call needs to be allowed to do, told to whoever must allow it when it was refused.
///
/// The operations are those of Kafka's access rules (`kafka-acls.sh`). What a request needs is in Kafka's documentation,
/// "Operations and Resources on Protocols".
struct MissingAccess {
    /// What the call does to topics.
    enum TopicOperation: String {
        case read = "Read"
        case write = "Write"
        case describe = "Describe"
    }

    var topicOperation: TopicOperation
    /// The topics, when they are known.
    var topics: [String]
    var group: String?
    var transactionalID: String?

    init(
        _ topicOperation: TopicOperation, topics: [String] = [], group: String? = nil, transactionalID: String? = nil
    ) {
        self.topicOperation = topicOperation
        self.topics = topics
        self.group = group
        self.transactionalID = transactionalID
    }

    /// Advice for an error that says that something is not allowed; nil for any other.
    func advice(_ cause: rd_kafka_resp_err_t) -> String? {
        switch cause {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            let names = topics.isEmpty ? "the topic" : "topic \(topics.joined(separator: ", "))"
            let flags = topics.isEmpty ? " --topic TOPIC" : topics.map { " --topic \($0)" }.joined()
            return Self.rule(topicOperation.rawValue, names, flags)
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            return Self.rule("Read", "group \(group ?? "of the service")", " --group \(group ?? "GROUP")")
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return Self.rule(
                "Write", "transactional id \(transactionalID ?? "of the service")",
                " --transactional-id \(transactionalID ?? "ID")")
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return Self.rule("IdempotentWrite", "the cluster (brokers before 2.8 want it)", " --cluster")
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            return "the broker does not know who this is: look at sasl.* and security.protocol"
        default: return nil
        }
    }

    private static func rule(_ operation: String, _ resource: String, _ flags: String) -> String {
        "\(operation) on \(resource) is not allowed. Allow it: kafka-acls.sh --bootstrap-server BROKER --add"
            + " --allow-principal User:NAME --operation \(operation)\(flags)"
    }
}

extension ErrorMapping {
    /// An error as this package's users see it, with the access rule that is missing, if that is what it is about.
    static func error(
        _ cause: rd_kafka_resp_err_t, doing: String, detail: String? = nil, place: TopicPartition? = nil,
        needs access: MissingAccess
    ) -> LogError {
        var error = error(cause, doing: doing, detail: detail, place: place)
        if let advice = access.advice(cause) { error.detail += "; \(advice)" }
        return error
    }
}
