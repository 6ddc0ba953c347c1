internal import EventLog

/// A CloudEvents envelope as a client sent it, in structured or in binary mode: its parts, not yet judged.
struct RawEnvelope {
    enum Data {
        case absent
        case object(JSONObject)
        /// The text says what is wrong with it.
        case unusable(String)
    }
    private enum Attributes {
        case members(JSONObject)
        case headers([RecordHeader])
    }

    private let attributes: Attributes
    let data: Data

    /// - Throws: when it can't be told where the attributes are, so that not even the id can be read.
    init(value: [UInt8]?, headers: [RecordHeader]) throws(MessageProblem) {
        let contentType = try Self.contentType(headers)
        if contentType.map({ !$0.hasPrefix("application/cloudevents") }) ?? true,
            headers.contains(where: { $0.name.hasPrefix("ce_") })
        {
            attributes = .headers(headers)
            data = Self.binaryData(value, contentType: contentType)
            return
        }
        if let contentType, contentType.hasPrefix("application/cloudevents"),
            contentType != "application/cloudevents+json"
        {
            throw .malformed("the content type is not application/cloudevents+json")
        }
        guard let value else { throw .malformed("there is no value") }
        let object: JSONObject
        do { object = try JSONObject(value) } catch {
            throw .malformed("the value is no JSON object: \(error.detail) at byte \(error.offset)")
        }
        attributes = .members(object)
        do {
            if let element = try object.element("data"), element.kind != .null {
                data = object.object("data").map(Data.object) ?? .unusable("`data` is not an object")
            } else {
                data = .absent
            }
        } catch { data = .unusable(error.detail) }
    }

    private static func binaryData(_ value: [UInt8]?, contentType: String?) -> Data {
        guard let value else { return .absent }
        if let contentType, contentType != "application/json", !contentType.hasSuffix("+json") {
            return .unusable("the content type is not JSON")
        }
        do { return .object(try JSONObject(value)) } catch {
            return .unusable("the value is no JSON object: \(error.detail) at byte \(error.offset)")
        }
    }

    /// What nearly every record has, told without looking at its characters.
    private static let usual = Array("application/cloudevents+json; charset=UTF-8".utf8)

    /// The media type without parameters, in lower case; nil when none is given.
    private static func contentType(_ headers: [RecordHeader]) throws(MessageProblem) -> String? {
        if headers.count == 1, headers[0].name == "content-type", headers[0].value == usual {
            return "application/cloudevents+json"
        }
        var found: String?
        for header in headers where header.name.lowercased() == "content-type" {
            guard let value = header.value, let text = String(validating: value, as: UTF8.self) else { continue }
            let media = text.split(separator: ";", omittingEmptySubsequences: false).first.map(String.init) ?? text
            let type = String(media.filter { !$0.isWhitespace }).lowercased()
            if let found, found != type { throw .malformed("there are two different content types") }
            found = type
        }
        return found
    }

    func attribute(_ name: String) -> JSONField {
        switch attributes {
        case .members(let object): return object.field(name)
        case .headers(let headers):
            var found = JSONField.absent
            for header in headers where header.name == "ce_" + name {
                if found != .absent { return .unusable("the header `ce_\(name)` is there twice") }
                guard let value = header.value else { continue }
                guard let text = String(validating: value, as: UTF8.self) else {
                    return .unusable("the header `ce_\(name)` is not UTF-8")
                }
                found = .text(text)
            }
            return found
        }
    }
}
