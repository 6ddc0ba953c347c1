import Foundation
import Operations

/// Writes results. Whoever reads them may stop reading (`| head`): then there is nothing left to do.
enum StandardOutput {
    private static let chunk = 65_536

    /// To be called before anything is written: a broken pipe is then told by the write, and kills nobody.
    static func prepare() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Writes lines; ends the process when nobody reads them any more, or they can't be written.
    static func write(_ lines: some Sequence<String>) {
        var bytes: [UInt8] = []
        for line in lines {
            bytes += line.utf8
            bytes.append(UInt8(ascii: "\n"))
            if bytes.count >= chunk {
                write(bytes)
                bytes = []
            }
        }
        write(bytes)
    }

    private static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Foundation.write(FileHandle.standardOutput.fileDescriptor, buffer.baseAddress, buffer.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR, EAGAIN: continue
            case EPIPE: ExitStatus.stopped.exitProcess()
            default:
                tell(unsafe "the results can't be written: \(String(cString: strerror(errno)))")
                ExitStatus.unavailable.exitProcess()
            }
        }
    }
}
