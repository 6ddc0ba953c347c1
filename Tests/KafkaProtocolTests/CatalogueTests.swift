import KafkaProtocol
import Testing

/// Which versions are spoken. Clients choose by them: a change here changes what clients do.
@Suite("Catalogue") struct CatalogueTests {
    private static let catalogue: [(key: Int16, versions: ClosedRange<Int16>, flexible: Int16?)] = [
        (0, 0...9, 9), (1, 4...12, 12), (2, 1...7, 6), (3, 0...12, 9), (8, 2...8, 8), (9, 1...8, 6), (10, 0...4, 3),
        (11, 0...9, 6), (12, 0...4, 4), (13, 0...5, 4), (14, 0...5, 4), (15, 0...5, 5), (16, 0...4, 3), (18, 0...3, 3),
        (19, 0...7, 5), (20, 0...6, 4), (21, 0...2, 2), (22, 0...4, 2), (23, 0...4, 4), (24, 0...3, 3), (25, 0...3, 3),
        (26, 0...3, 3), (28, 0...3, 3), (32, 0...4, 4), (33, 0...2, 2), (37, 0...3, 2), (42, 0...2, 2), (44, 0...1, 1),
        (47, 0...0, nil), (60, 0...1, 0), (61, 0...0, 0), (65, 0...0, 0), (66, 0...1, 0),
    ]

    @Test("The table is as it should be") func table() throws {
        #expect(ApiKey.allCases.count == Self.catalogue.count)
        for entry in Self.catalogue {
            let key = try #require(ApiKey(rawValue: entry.key))
            #expect(key.supportedVersions == entry.versions, "\(key)")
            #expect(key.firstFlexibleVersion == entry.flexible, "\(key)")
        }
    }

    @Test("The answer to ApiVersions lists the table") func listed() {
        let response = ApiVersionsResponse.supported()
        #expect(response.errorCode == .none)
        #expect(response.apiKeys.map(\.apiKey) == Self.catalogue.map(\.key))
        #expect(response.apiKeys.map(\.minVersion) == Self.catalogue.map(\.versions.lowerBound))
        #expect(response.apiKeys.map(\.maxVersion) == Self.catalogue.map(\.versions.upperBound))
        #expect(ApiVersionsResponse.supported(errorCode: .unsupportedVersion).errorCode == .unsupportedVersion)
    }

    /// librdkafka 2.0 to 2.8 turn a feature on if these versions overlap with the broker's.
    @Test("librdkafka finds what its features need") func features() {
        let needs: [(ApiKey, ClosedRange<Int16>)] = [
            // Record batches, and their compression with zstd.
            (.produce, 3...3), (.fetch, 4...4), (.produce, 7...7), (.fetch, 10...10),
            // Any compression at all.
            (.produce, 0...0), (.findCoordinator, 0...0),
            // Consumer groups.
            (.offsetCommit, 1...2), (.offsetFetch, 1...1), (.joinGroup, 0...0), (.syncGroup, 0...0),
            (.heartbeat, 0...0), (.leaveGroup, 0...0),
            // Offsets by time, the idempotent producer, transactions.
            (.listOffsets, 1...1), (.initProducerID, 0...0), (.addPartitionsToTxn, 0...0), (.addOffsetsToTxn, 0...0),
            (.endTxn, 0...1), (.txnOffsetCommit, 3...3), (.offsetForLeaderEpoch, 2...2),
        ]
        for (key, versions) in needs { #expect(key.supportedVersions.overlaps(versions), "\(key) \(versions)") }
    }
}
