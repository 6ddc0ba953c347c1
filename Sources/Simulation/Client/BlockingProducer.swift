package import EventLog

/// A `SimulatedProducer` behind the port that real producers have: every call lets the whole world run until it is
/// answered.
package final class BlockingProducer: BatchProducer {
    package let producer: SimulatedProducer

    package init(_ producer: SimulatedProducer) { self.producer = producer }

    package func produce(_ records: [OutgoingRecord]) throws(LogError) -> [Int64] {
        try producer.host.timeline.untilAnswered { producer.produce(records, then: $0) }
    }

    package func close() { producer.close() }
}
