import EventLog
import KafkaClient
import LoadGenerating
import Messages

/// Writes commands and requests as the contract has them.
struct Sender {
    static let source = "/load-generator"
    private static let headers = [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")]

    let names: DeploymentNames
    let partitionCount: Int32
    private let kafka: KafkaConfiguration
    private var producer: KafkaProducer
    /// Failures of the producer that were taken.
    private var taken = 0

    init(kafka: KafkaConfiguration, names: DeploymentNames, partitionCount: Int32) throws(LogError) {
        self.kafka = kafka
        self.names = names
        self.partitionCount = partitionCount
        producer = try KafkaProducer(configuration: kafka)
    }

    func close() { producer.close() }

    /// Hands a command over. What comes of it is reported by `takeFailures`.
    /// - Throws: if it can't be handed over, or nothing can any more.
    func send(_ registration: Registration, time: Int64) throws(LogError) {
        let topic: Topic = registration.isRequest ? .registrationRequests : .customerCommands
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", registration.commandID)
        writer.member("source", Self.source)
        writer.member("type", registration.isRequest ? "StartRegistration" : "RegisterCustomer")
        writer.member("subject", registration.customerID)
        writer.member("time", Timestamp(microseconds: time).description)
        writer.member("datacontenttype", "application/json")
        writer.beginObject("data")
        writer.beginObject("values")
        for (key, spelling) in zip(registration.values.keys, registration.spellings) {
            writer.member(key.attribute, spelling)
        }
        writer.endObject()
        writer.member("name", registration.name)
        writer.endObject()
        writer.endObject()
        let key = Array(registration.customerID.utf8)
        try producer.send(
            OutgoingRecord(
                topic: names.name(topic), partition: Murmur2.partition(of: key, count: partitionCount), key: key,
                value: writer.bytes, headers: Self.headers))
    }

    /// How many commands were reported as not written since the last call, and what was said of the first.
    mutating func takeFailures() -> (count: Int, first: LogError?) {
        producer.serveReports()
        // Of many failures the producer keeps the first ones only, but counts all.
        let count = producer.failedCount - taken
        taken += count
        return (count, producer.takeFailures().first)
    }

    /// Makes a new producer. What the old one has not written by now it does not write any more.
    mutating func replaceProducer() throws(LogError) {
        producer.close()
        taken = 0
        producer = try KafkaProducer(configuration: kafka)
    }

    /// The name of a request's process: the contract's K.
    static func process(of registration: Registration) -> String {
        DeduplicationKey(
            topic: .registrationRequests, customerID: registration.customerID, source: source,
            id: registration.commandID
        ).description
    }
}
