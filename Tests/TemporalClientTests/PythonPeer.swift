import Foundation
import Temporal
import TestSupport
import Testing

/// The official Python SDK in processes of its own.
enum PythonPeer {
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let interpreter = package.appending(path: ".venv/bin/python")
    static let isInstalled = FileManager.default.isExecutableFile(atPath: interpreter.path)

    static func fixture(_ name: String) -> String {
        package.appending(path: "Tests/TemporalClientTests/Fixtures/\(name)").path
    }
    static func script(_ name: String) -> String { package.appending(path: "scripts/\(name)").path }

    /// Runs a script to its end and returns what it printed.
    static func run(_ script: String, _ arguments: String...) async throws -> Data {
        let process = process(script, arguments)
        let output = Pipe()
        process.standardOutput = output
        let (data, status) = try await blocking {
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (data, process.terminationStatus)
        }
        guard status == 0 else { throw Failed(description: "\(script) \(arguments) exited with \(status)") }
        return data
    }

    /// Runs a script that serves until its input closes; `body` is called with the first line that it prints.
    static func serving<Result>(
        _ script: String, _ arguments: [String], _ body: (String) async throws -> Result
    ) async throws -> Result {
        let process = process(script, arguments)
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        let line = try await blocking {
            try process.run()
            var line = Data()
            while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) {
                line += byte
            }
            return String(decoding: line, as: UTF8.self)
        }
        guard !line.isEmpty else { throw Failed(description: "\(script) ended before it was ready") }
        do {
            let result = try await body(line)
            try await end(process, input)
            return result
        } catch {
            try await end(process, input)
            throw error
        }
    }

    private static func end(_ process: Process, _ input: Pipe) async throws {
        try input.fileHandleForWriting.close()
        try await blocking { process.waitUntilExit() }
    }

    private static func process(_ script: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = interpreter
        process.arguments = ["-B", script] + arguments
        return process
    }

    /// Off the cooperative threads, of which a small machine has two.
    static func blocking<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: .init(catching: body)) }
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var pythonSDK: Self { .enabled(if: PythonPeer.isInstalled, "needs .venv: run scripts/setup test") }
}

/// Runs a Python worker beside the suite, on the task queue `peer` of the suite's server.
struct PythonWorkerTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try TemporalServer.current
        let arguments = ["worker", server.address, server.namespace, "peer"]
        try await PythonPeer.serving(PythonPeer.fixture("peer.py"), arguments) { _ in try await function() }
    }
}

extension Trait where Self == PythonWorkerTrait {
    static var pythonWorker: Self { PythonWorkerTrait() }
}

/// A client of the suite's server.
func withClient<Result: Sendable>(
    codec: any PayloadCodec = IdentityPayloadCodec(), namespace: String? = nil,
    _ body: (TemporalClient) async throws -> Result
) async throws -> Result {
    let server = try TemporalServer.current
    let address = try #require(TemporalConnection.Configuration.Address(server.address))
    let configuration = TemporalConnection.Configuration(address: address, namespace: namespace ?? server.namespace)
    return try await TemporalConnection.with(configuration) { try await body(TemporalClient($0, codec: codec)) }
}

/// A start on the Python worker's queue with an id of its own.
func request(_ type: String, _ input: Payload..., queue: String = "peer") -> StartWorkflowRequest {
    StartWorkflowRequest(workflowID: "\(type)-\(UUID().uuidString)", workflowType: type, taskQueue: queue, input: input)
}

func json(_ value: some Encodable) throws -> Payload { try DataConverter.encode(value) }

func text(_ payload: Payload?) -> String { String(decoding: payload?.data ?? Data(), as: UTF8.self) }
