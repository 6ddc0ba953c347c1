import ChaosPlanning
import EventLog
import KafkaClient
import LoadGenerating
import Messages
import TestProcesses

/// Sends records that are far larger than a topic takes, and small once compressed, which is what the broker measures.
struct GiantWork: Sendable {
    let kafka: KafkaConfiguration
    let names: DeploymentNames
    let giants: Giants

    init(bootstrapServers: String, names: DeploymentNames, giants: Giants) {
        kafka = KafkaConfiguration(
            bootstrapServers: bootstrapServers,
            properties: [
                "message.timeout.ms": "60000", "compression.codec": "gzip", "message.max.bytes": "16777216",
            ], clientID: "chaos")
        self.names = names
        self.giants = giants
    }

    /// - Returns: how many the broker took.
    func run() throws -> Int {
        let producer = try KafkaProducer(configuration: kafka)
        defer { producer.close() }
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(30))
        defer { reader.close() }
        for number in 0..<giants.records {
            let topic: Topic = number.isMultiple(of: 2) ? .customerCommands : .registrationRequests
            guard let count = try reader.partitionCount(of: names.name(topic)) else {
                throw Failure("there is no \(names.name(topic))")
            }
            try producer.send(record(number, topic, count))
        }
        _ = producer.flush(timeout: .seconds(60))
        return producer.deliveredCount
    }

    /// Some can be read as commands but for their size; others are nothing at all.
    private func record(_ number: Int, _ topic: Topic, _ partitionCount: Int32) -> OutgoingRecord {
        let key = Array("giant-\(giants.seed)-\(number)".utf8)
        let type = topic == .customerCommands ? "RegisterCustomer" : "StartRegistration"
        let filling = String(repeating: "x", count: giants.bytes)
        let value =
            number < 2
            ? """
            {"id":"\(number)","source":"/giants/\(giants.seed)","type":"\(type)",\
            "data":{"values":{"document":"G\(giants.seed)X\(number)"},"name":"\(filling)"}}
            """ : filling
        // One giant, and many that are small.
        let half = giants.headerBytes / 2
        var headers = [RecordHeader(name: "giant", value: [UInt8](repeating: 120, count: half))]
        headers += (0..<(half / 100)).map { RecordHeader(name: "h\($0)", value: [UInt8](repeating: 121, count: 90)) }
        return OutgoingRecord(
            topic: names.name(topic), partition: Murmur2.partition(of: key, count: partitionCount), key: key,
            value: Array(value.utf8), headers: headers)
    }
}
