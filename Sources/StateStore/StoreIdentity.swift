/// Whose state a file holds. Written into the file when it is made, compared whenever it is opened.
public struct StoreIdentity: Hashable, Sendable {
    /// The service that folds the state, such as `command-service`.
    public var service: String
    /// The deployment's topic prefix; may be empty.
    public var topicPrefix: String
    /// The number of partitions of every topic of the deployment.
    public var partitionCount: Int32
    /// The Kafka cluster's own id; nil when the cluster tells none.
    public var clusterID: String?
    /// The version of the encoding of keys and values. A file of another version is rebuilt from the log.
    public var formatVersion: Int

    public init(
        service: String, topicPrefix: String, partitionCount: Int32, clusterID: String?, formatVersion: Int = 1
    ) {
        self.service = service
        self.topicPrefix = topicPrefix
        self.partitionCount = partitionCount
        self.clusterID = clusterID
        self.formatVersion = formatVersion
    }
}

/// What can be done with the file that was found.
enum StoreVerdict: Hashable {
    /// Nothing in it yet.
    case empty
    /// It is this store's own.
    case fits
    /// It belongs to another deployment: hands off.
    case foreign(difference: String)
    /// It is a cache of no use any more: it may be replaced by an empty one.
    case outdated(label: String, reason: String)
}

extension StoreIdentity {
    enum MetaName {
        static let service = "service"
        static let topicPrefix = "topic_prefix"
        static let partitionCount = "partition_count"
        static let clusterID = "cluster_id"
        static let schema = "schema"
    }

    /// What is written into a new file's `meta` table, in a fixed order.
    func meta(schema: String) -> [(name: String, value: String)] {
        var entries = [
            (name: MetaName.service, value: service),
            (name: MetaName.topicPrefix, value: topicPrefix),
            (name: MetaName.partitionCount, value: String(partitionCount)),
            (name: MetaName.schema, value: schema),
        ]
        if let clusterID { entries.append((name: MetaName.clusterID, value: clusterID)) }
        return entries
    }

    /// Compares with what a file says of itself. Foreign comes first: what belongs to someone else is not ours to
    /// replace, whatever else is wrong with it.
    func verdict(onMeta meta: [String: String], schema: String) -> StoreVerdict {
        let own = [
            ("service", MetaName.service, service),
            ("topic prefix", MetaName.topicPrefix, topicPrefix),
            ("partition count", MetaName.partitionCount, String(partitionCount)),
        ]
        let differences = own.compactMap { title, name, mine in
            meta[name].flatMap { theirs in
                theirs == mine ? nil : "its \(title) is '\(theirs)', this process has '\(mine)'"
            }
        }
        if !differences.isEmpty { return .foreign(difference: differences.joined(separator: "; ")) }
        let found = meta[MetaName.schema] ?? "none"
        guard found == schema, own.allSatisfy({ meta[$0.1] != nil }) else {
            return .outdated(
                label: "other-schema", reason: "its schema is '\(found)', this version of the program needs '\(schema)'"
            )
        }
        if let theirs = meta[MetaName.clusterID], let clusterID, theirs != clusterID {
            return .outdated(
                label: "other-cluster", reason: "it was folded from cluster '\(theirs)', this is cluster '\(clusterID)'"
            )
        }
        return .fits
    }
}
