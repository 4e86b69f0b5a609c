import Foundation
import Synchronization
import Testing

/// A proxy before a server that counts calls and lets some of them go wrong; `Python/faulty_proxy.py` tells how.
final class FaultyProxy: Sendable {
    enum Mode: CustomStringConvertible {
        /// The server does the work, its answer is lost.
        case lose
        /// The server hears nothing.
        case refuse(String)
        /// The server's answer comes late.
        case slow(seconds: Double)
        /// The call reaches the server late.
        case late(seconds: Double)
        /// The server does the work; no answer comes until the caller gives up.
        case hang
        /// The server hears nothing; no answer comes until the caller gives up.
        case hold

        var description: String {
            switch self {
            case .lose: "lose"
            case .refuse(let code): "refuse:\(code)"
            case .slow(let seconds): "slow:\(seconds)"
            case .late(let seconds): "late:\(seconds)"
            case .hang: "hang"
            case .hold: "hold"
            }
        }
    }

    let address: String
    private let process: Process
    private let input = Pipe()
    private let output: FileHandle
    private let turn = Mutex(())

    /// Runs a proxy beside `body`.
    static func with<Result: Sendable>(
        _ server: String, _ body: (FaultyProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try FaultyProxy(server)
        defer { proxy.end() }
        return try await body(proxy)
    }

    private init(_ server: String) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Python/faulty_proxy.py").path
        let pipe = Pipe()
        process = Process()
        process.executableURL = Kitchen.package.appending(path: ".venv/bin/python")
        process.arguments = ["-B", script, server]
        process.standardInput = input
        process.standardOutput = pipe
        output = pipe.fileHandleForReading
        try process.run()
        address = "127.0.0.1:\(try Self.line(output))"
    }

    private func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Of the calls of this method, after the next `skipping` ones, as many as `times` go wrong.
    func plan(_ method: String, _ mode: Mode, times: Int = 1, skipping: Int = 0) throws {
        _ = try ask("plan \(method) \(mode) \(times) \(skipping)")
    }

    /// Calls so far by method; what went wrong as planned by "METHOD MODE".
    func counts() throws -> [String: Int] {
        try JSONDecoder().decode([String: Int].self, from: Data(try ask("counts").utf8))
    }

    func count(_ method: String) throws -> Int { try counts()[method] ?? 0 }

    private func ask(_ command: String) throws -> String {
        try turn.withLock { _ in
            try input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
            return try Self.line(output)
        }
    }

    private static func line(_ handle: FileHandle) throws -> String {
        var line = Data()
        while let byte = try handle.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line += byte }
        return String(decoding: line, as: UTF8.self)
    }
}
