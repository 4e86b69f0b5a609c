package import Foundation
import Synchronization

/// The server's output: a file of bounded size (two generations of 8 MiB) and the last lines for error messages.
package final class ServerLog: Sendable {
    private struct State {
        var file: FileHandle?
        var written: UInt64 = 0
        var tail: [String] = []
    }

    package static let limit: UInt64 = 8 << 20
    private let url: URL?
    private let state = Mutex(State())

    /// Without a folder only the last lines are kept.
    package init(folder: URL?) {
        url = folder?.appendingPathComponent("server.log")
        state.withLock { open(&$0) }
    }

    package var tail: [String] { state.withLock(\.tail) }

    package func append(_ line: String) {
        state.withLock { state in
            state.tail.append(String(line.prefix(500)))
            if state.tail.count > 20 { state.tail.removeFirst() }
            let bytes = Data((line + "\n").utf8)
            // A full disk must not stop the server: lines are then lost.
            guard let file = state.file, (try? file.write(contentsOf: bytes)) != nil else { return }
            state.written += UInt64(bytes.count)
            if state.written > Self.limit { rotate(&state) }
        }
    }

    private func open(_ state: inout State) {
        guard let url else { return }
        if !FileManager.default.fileExists(atPath: url.path) {
            _ = FileManager.default.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        state.file = try? FileHandle(forWritingTo: url)
        state.written = (try? state.file?.seekToEnd()) ?? 0
    }

    private func rotate(_ state: inout State) {
        guard let url else { return }
        try? state.file?.close()
        let previous = url.appendingPathExtension("1")
        try? FileManager.default.removeItem(at: previous)
        try? FileManager.default.moveItem(at: url, to: previous)
        open(&state)
    }
}

/// Cuts a stream of bytes into lines; a line longer than 64 KiB is cut.
struct LineSplitter {
    private var pending: [UInt8] = []

    mutating func lines(in bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || pending.count >= 65_536 {
                lines.append(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            }
            if byte != UInt8(ascii: "\n") { pending.append(byte) }
        }
        return lines
    }
}
