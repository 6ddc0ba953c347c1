import EventLog

/// What an implementation did otherwise than the ports say.
package struct ContractViolation: Error, CustomStringConvertible {
    /// What was looked at.
    package var what: String
    package var expected: String?
    package var seen: String?
    /// Where the contract looked: module and file, and the file's path.
    package var fileID: String
    package var filePath: String
    package var line: Int

    package init(
        _ what: String, expected: String? = nil, seen: String? = nil, fileID: String = #fileID,
        filePath: String = #filePath, line: Int = #line
    ) {
        self.what = what
        self.expected = expected
        self.seen = seen
        self.fileID = fileID
        self.filePath = filePath
        self.line = line
    }

    package var description: String {
        var text = what
        if let expected { text += "; expected: \(expected)" }
        if let seen { text += "; seen: \(seen)" }
        return text + " (\(fileID):\(line))"
    }
}

/// The place in the contract that a check is made for.
struct Here {
    var fileID: String
    var filePath: String
    var line: Int

    func violation(_ what: String, expected: String? = nil, seen: String? = nil) -> ContractViolation {
        ContractViolation(what, expected: expected, seen: seen, fileID: fileID, filePath: filePath, line: line)
    }
}

// The place is always that of the caller.

func expect<Value: Equatable>(
    _ seen: Value, _ expected: Value, _ what: String, fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line
) throws {
    guard seen != expected else { return }
    throw Here(fileID: fileID, filePath: filePath, line: line)
        .violation(what, expected: "\(expected)", seen: "\(seen)")
}

func expect(
    _ isSo: Bool, _ what: String, seen: String? = nil, fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line
) throws {
    guard !isSo else { return }
    throw Here(fileID: fileID, filePath: filePath, line: line).violation(what, seen: seen)
}

func require<Value>(
    _ value: Value?, _ what: String, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line
) throws -> Value {
    guard let value else {
        throw Here(fileID: fileID, filePath: filePath, line: line).violation(what, seen: "nothing")
    }
    return value
}

/// Runs what must fail, in one of these ways; returns its error.
@discardableResult
func expectFailure(
    _ codes: LogError.Code..., of what: String, fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line, _ body: () throws -> Void
) throws -> LogError {
    let here = Here(fileID: fileID, filePath: filePath, line: line)
    let expected = codes.map(\.rawValue).joined(separator: " or ")
    do {
        try body()
    } catch let error as LogError {
        guard codes.contains(error.code) else {
            throw here.violation("\(what) fails", expected: expected, seen: "\(error)")
        }
        return error
    }
    throw here.violation("\(what) fails", expected: expected, seen: "success")
}
