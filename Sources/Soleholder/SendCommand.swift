import ArgumentParser
import EventLog
import Foundation
import KafkaClient
import Messages
import Operations
import Processing

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Sends one command, and prints its outcome.",
        discussion: """
            For example: soleholder send RegisterCustomer --customer c-1 --value document=529.982.247-25 --name Ana
            For example: soleholder send ChangeCustomer --customer c-1 --value email=ana@example.com --give-up tax-number
            Exits 0 when the command was accepted, 1 when it was rejected, 3 when no outcome came in time.
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Argument(help: ArgumentHelp("RegisterCustomer, ChangeCustomer or UnregisterCustomer.", valueName: "type"))
    var type: String
    @Option(parsing: .unconditional, help: ArgumentHelp("The customer's id.", valueName: "id")) var customer: String
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A value, in any spelling; may be repeated.", valueName: "attribute=value"))
    var value: [String] = []
    @Option(help: ArgumentHelp("Of a change: a value to be given up; may be repeated.", valueName: "attribute"))
    var giveUp: [String] = []
    @Option(parsing: .unconditional, help: ArgumentHelp("The customer's name.", valueName: "name")) var name: String?
    @Option(
        help: ArgumentHelp("The command's id; the same id again is the same command. (default: drawn)", valueName: "id")
    )
    var id: String?
    @Option(help: ArgumentHelp("The sender, as part of the command's identity.", valueName: "source"))
    var source = "/soleholder"
    @Flag(help: "Don't wait for the outcome.") var noWait = false
    @Option(help: ArgumentHelp("How long to wait for the outcome.", valueName: "seconds")) var timeout = 30.0

    func validate() throws {
        if let wrong = value.first(where: { !$0.contains("=") }) {
            throw ValidationError("--value \(wrong): give ATTRIBUTE=VALUE")
        }
        guard CustomerID.read(Array(customer.utf8)) != nil else {
            throw ValidationError("--customer must be 1 to \(CustomerID.byteLimit) bytes of printable UTF-8")
        }
    }

    func run() async throws {
        let connection = try Connection(shared)
        let id = id ?? UUID().uuidString.lowercased()
        do throws(LogError) {
            let reader = try KafkaLogReader(configuration: connection.kafka)
            defer { reader.close() }
            let topic = connection.names.name(.customerCommands)
            let count = try DeclarationReading.require(reader, names: connection.names).declaration.partitions
            let key = Array(customer.utf8)
            let partition = Murmur2.partition(of: key, count: count)
            let answers = TopicPartition(topic: connection.names.name(.commandOutcomes), partition: partition)
            let end = try reader.watermarks([answers])[answers]?.high ?? 0
            try reader.assign([answers: .offset(end)])

            let producer = try KafkaProducer(configuration: connection.kafka)
            defer { producer.close() }
            let offset = try producer.produce([
                OutgoingRecord(
                    topic: topic, partition: partition, key: key, value: command(id: id),
                    headers: [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")])
            ])
            tell("sent \(type) \(id) to \(topic)/\(partition)/\(offset.first ?? -1)")
            if noWait { return }
            guard let outcome = try awaitOutcome(reader, id: id, position: offset.first) else {
                tell("no outcome within \(timeout) s; it will come: the command is in the log")
                endProcess(3)
            }
            print(String(decoding: outcome.value, as: UTF8.self))
            if case .rejected = outcome.message.body.result { endProcess(1) }
        } catch { Connection.fail(error) }
    }

    private func command(id: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", id)
        writer.member("source", source)
        writer.member("type", type)
        writer.member("subject", customer)
        writer.member("time", Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)).description)
        writer.member("datacontenttype", "application/json")
        writer.beginObject("data")
        if !value.isEmpty || !giveUp.isEmpty {
            writer.beginObject("values")
            for text in value {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                writer.member(String(parts[0]), String(parts[1]))
            }
            for attribute in giveUp { writer.memberNull(attribute) }
            writer.endObject()
        }
        writer.member("name", name)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private func awaitOutcome(
        _ reader: KafkaLogReader, id: String, position: Int64?
    ) throws(LogError) -> (message: Message<Outcome>, value: [UInt8])? {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while ContinuousClock.now < deadline {
            for record in try reader.poll(maxRecords: 1_000, timeout: .milliseconds(100)) {
                guard let value = record.value, let message = try? Message<Outcome>(decoding: value),
                    message.body.commandID == id, message.body.commandSource == source,
                    message.body.position == position
                else { continue }
                return (message, value)
            }
        }
        return nil
    }
}
