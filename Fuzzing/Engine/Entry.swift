import Foundation

/// libFuzzer calls this for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func tryInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe Target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// libFuzzer calls this once. With a directory in `FUZZ_SEEDS` the program only writes its seeds there.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    guard let directory = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { return 0 }
    do {
        for (number, seed) in try Target.seeds().enumerated() {
            try Data(seed).write(to: URL(fileURLWithPath: "\(directory)/seed-\(number)"))
        }
        exit(0)
    } catch {
        finding("no seeds: \(error)")
    }
}

/// Ends the process, so that libFuzzer keeps the input.
func finding(_ message: @autoclosure () -> String, line: Int = #line, file: String = #fileID) -> Never {
    FileHandle.standardError.write(Data("FINDING \(file):\(line): \(message())\n".utf8))
    abort()
}

/// A finding unless the condition holds.
func expect(
    _ condition: Bool, _ message: @autoclosure () -> String, line: Int = #line, file: String = #fileID
) {
    if !condition { finding(message(), line: line, file: file) }
}
