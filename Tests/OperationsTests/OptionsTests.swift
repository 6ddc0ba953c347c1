import ArgumentParser
import Foundation
import Logging
import Operations
import Processing
import Testing

private struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(version: VersionInfo.version)
    @OptionGroup var shared: SharedOptions
    @OptionGroup var service: ServiceOptions
}

/// What the parser says to a command line that it refuses.
private func refused(_ arguments: [String]) -> (code: Int32, message: String)? {
    do {
        _ = try Probe.parse(arguments)
        return nil
    } catch { return (Probe.exitCode(for: error).rawValue, Probe.message(for: error)) }
}

struct OptionsTests {
    @Test func defaults() throws {
        let probe = try Probe.parse([])
        #expect(try probe.shared.kafkaProperties().dictionary == ["bootstrap.servers": "127.0.0.1:9092"])
        #expect(probe.shared.topicPrefix == "")
        #expect(probe.shared.logLevel == .info)
        #expect(probe.shared.logFormat == .text)
        #expect(probe.service.deliveryGuarantee == .exactlyOnce)
        #expect(probe.service.instanceID == nil)
        #expect(probe.service.stateDirectory(of: "command-service") == "./state/command-service")
        #expect(probe.service.httpAddress(defaultPort: 8081) == .listen(host: "127.0.0.1", port: 8081))
    }

    @Test func everythingGiven() throws {
        let probe = try Probe.parse([
            "--bootstrap-servers", "a:1,b:2", "--kafka-property", "linger.ms=5", "--kafka-property", "x=a=b",
            "--topic-prefix", "blue.", "--log-level", "trace", "--log-format", "json", "--state-directory", "/s",
            "--delivery-guarantee", "at-least-once", "--instance-id", "pod-0", "--http-address", "none",
        ])
        let properties = try probe.shared.kafkaProperties()
        #expect(properties.names == ["linger.ms", "x", "bootstrap.servers"])
        #expect(properties.dictionary == ["bootstrap.servers": "a:1,b:2", "linger.ms": "5", "x": "a=b"])
        #expect(probe.shared.topicPrefix == "blue.")
        #expect(probe.shared.logLevel.level == .trace)
        #expect(probe.shared.logFormat == .json)
        #expect(probe.service.stateDirectory(of: "command-service") == "/s")
        #expect(probe.service.deliveryGuarantee == .atLeastOnce)
        #expect(probe.service.instanceID == "pod-0")
        #expect(probe.service.httpAddress(defaultPort: 8081) == .disabled)
    }

    @Test(arguments: [
        (["--topic-prefix", "a b"], "'a b'"), (["--topic-prefix", "é"], "'é'"),
        (["--topic-prefix", String(repeating: "x", count: 101)], "100"),
        (["--kafka-property", "novalue"], "number 1"), (["--kafka-property", "=x"], "no name"),
        (["--kafka-properties-file", "/nonexistent/file"], "/nonexistent/file"),
        (["--bootstrap-servers", " "], "empty"), (["--log-level", "loud"], "loud"), (["--log-format", "xml"], "xml"),
        (["--instance-id", ""], "1 to 200"), (["--instance-id", "a/b"], "'a/b'"),
        (["--instance-id", String(repeating: "x", count: 201)], "1 to 200"),
        (["--delivery-guarantee", "twice"], "twice"), (["--http-address", "nowhere"], "nowhere"),
        (["--state-directory", ""], "empty"), (["--unheard-of"], "unheard-of"),
    ])
    func whatIsWrongIsRefusedWithCode64(arguments: [String], told: String) throws {
        let refusal = try #require(refused(arguments))
        #expect(refusal.code == 64)
        #expect(refusal.message.contains(told), "\(refusal.message)")
    }

    @Test func valuesThatMayBeSecretAreNotTold() throws {
        let refusal = try #require(refused(["--kafka-property", "hunter2"]))
        #expect(!refusal.message.contains("hunter2"))
    }

    @Test func versionAndHelpEndWell() throws {
        #expect(try #require(refused(["--version"])) == (0, "0.1.0"))
        let help = try #require(refused(["--help"]))
        #expect(help.code == 0)
        #expect(help.message.contains("--kafka-property <name=value>"))
    }

    @Test(arguments: [
        ("127.0.0.1:8081", HTTPAddress.listen(host: "127.0.0.1", port: 8081), "127.0.0.1:8081"),
        (":0", .listen(host: "127.0.0.1", port: 0), "127.0.0.1:0"),
        ("[::1]:8081", .listen(host: "::1", port: 8081), "[::1]:8081"),
        ("localhost:1", .listen(host: "localhost", port: 1), "localhost:1"),
        ("0.0.0.0:65535", .listen(host: "0.0.0.0", port: 65535), "0.0.0.0:65535"), ("none", .disabled, "none"),
    ])
    func addressesAreRead(text: String, address: HTTPAddress, shown: String) {
        #expect(HTTPAddress(text) == address)
        #expect(address.description == shown)
    }

    @Test(arguments: [
        "", "8081", ":", "host:", "host:65536", "host:-1", "host:+1", "::1:80", "[x]:80", "http://a:80", "a b:1",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(HTTPAddress(text) == nil)
    }
}

struct KafkaPropertiesTests {
    @Test func aFileIsReadLineByLine() throws {
        let text = "# brokers\nbootstrap.servers = a:1\r\n\n  linger.ms=5\nsasl.password=a=b#c\n#x=y\nlinger.ms=6"
        let properties = try KafkaProperties.parse(text: text, file: "f")
        #expect(properties.names == ["bootstrap.servers", "linger.ms", "sasl.password"])
        #expect(properties["bootstrap.servers"] == "a:1")
        #expect(properties["linger.ms"] == "6")
        #expect(properties["sasl.password"] == "a=b#c")
    }

    @Test func errorsNameFileAndLineButNoValue() {
        let error = #expect(throws: KafkaPropertyError.self) {
            try KafkaProperties.parse(text: "# x\r\na=1\r\nhunter2", file: "kafka.properties")
        }
        #expect(error?.description.hasPrefix("kafka.properties:3:") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func flagsWinOverTheFile() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("properties-\(UUID().uuidString)").path
        try Data("\u{FEFF}bootstrap.servers=file:1\nlinger.ms=1\nacks=all".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = try SharedOptions.parse(["--kafka-properties-file", path, "--kafka-property", "linger.ms=2"])
        #expect(
            try options.kafkaProperties().dictionary
                == ["bootstrap.servers": "file:1", "linger.ms": "2", "acks": "all"])
        options = try SharedOptions.parse(["--kafka-properties-file", path, "--bootstrap-servers", "flag:1"])
        #expect(try options.kafkaProperties()["bootstrap.servers"] == "flag:1")
    }

    @Test func aFileThatIsNotTextIsRefused() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("properties-\(UUID().uuidString)").path
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: KafkaPropertyError.self) { try KafkaProperties.parse(file: path) }
    }

    @Test func secretsAreMasked() {
        let secret = [
            "sasl.username", "sasl.password", "ssl.key.location", "ssl.key.pem", "ssl.keystore.password",
            "sasl.oauthbearer.client.secret", "oauth.token", "SSL.KEY.PASSWORD",
        ]
        let open = ["bootstrap.servers", "linger.ms", "ssl.ca.location", "client.id"]
        let properties = Dictionary(uniqueKeysWithValues: (secret + open).map { ($0, "value") })
        let masked = maskedProperties(properties)
        for name in secret { #expect(masked[name] == "***", "\(name)") }
        for name in open { #expect(masked[name] == "value", "\(name)") }
    }

    @Test func removingAPropertyForgetsItsPlace() {
        var properties = KafkaProperties()
        properties["a"] = "1"
        properties["b"] = "2"
        properties["a"] = nil
        properties["a"] = "3"
        #expect(properties.names == ["b", "a"])
    }
}
