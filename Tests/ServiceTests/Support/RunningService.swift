import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The service as its users run it: `workflow-service serve`, a process of its own.
struct RunningService: Sendable {
    let data: URL
    let process: ServiceProcess
    /// `http://127.0.0.1:PORT/workflows`.
    let url: String
    let temporalAddress: String
    let key: String

    /// Returns when the service takes requests.
    static func start(data: URL, environment: [String: String] = [:]) async throws -> RunningService {
        let output = data.deletingLastPathComponent().appendingPathComponent("\(data.lastPathComponent).log")
        let database = try await databaseSettings(data)
        let process = try ServiceProcess(
            [Package.program.path, "serve", "--port", "0", "--data", data.path],
            environment: Package.environment.merging(database) { $1 }.merging(environment) { $1 }, output: output
        )
        let deadline = ContinuousClock.now + .seconds(90)
        while true {
            let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            if let service = RunningService(data: data, process: process, output: text) { return service }
            guard process.ended == nil, ContinuousClock.now < deadline else {
                process.send(SIGKILL)
                throw ServiceProcess.Failed(description: "the service is not up:\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private init?(data: URL, process: ServiceProcess, output: String) {
        func value(_ label: String) -> String? {
            // Whole lines only: the rest may still be on its way.
            output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.hasPrefix(label) }.map { String($0.dropFirst(label.count)) }
        }
        guard let announced = value("API key: "), let temporal = value("Temporal: "),
            let url = output.split(whereSeparator: \.isWhitespace).first(where: { $0.hasSuffix("/workflows") }),
            let key = announced.hasPrefix("wfs_")
                ? announced : try? String(contentsOf: data.appendingPathComponent("api-key"), encoding: .utf8)
        else { return nil }
        self.data = data
        self.process = process
        self.url = String(url)
        self.temporalAddress = temporal
        self.key = key.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs around `body` on a new data folder; no process of it is left afterwards.
    static func with<Result: Sendable>(
        environment: [String: String] = [:], _ body: @Sendable (RunningService) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            let data = folder.appendingPathComponent("data")
            do {
                let service = try await start(data: data, environment: environment)
                let result = try await body(service)
                service.process.send(SIGTERM)
                try await service.process.waitUntilEnded()
                endAll(on: data)
                try await dropDatabase(data)
                return result
            } catch {
                endAll(on: data)
                try? await dropDatabase(data)
                throw error
            }
        }
    }

    /// Also a service that the body started again, and what a killed one left.
    private static func endAll(on data: URL) {
        for pid in processes(with: data.path) { kill(pid, SIGKILL) }
    }

    /// The Temporal server's own processes (not their guardians) on this folder.
    var temporalServers: [Int32] {
        processes(with: data.appendingPathComponent("temporal").path).filter { pid in
            (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8))?.split(separator: "\0").first?
                .hasSuffix("temporal") == true
        }
    }
}

/// Where the project's files are.
enum Package {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let program = root.appending(path: ".build/debug/workflow-service")
    static let examples = root.appending(path: "Examples")
    static let python = root.appending(path: ".venv/bin/python").path
    static let temporal = root.appending(path: ".venv/bin/temporal").path

    /// Nothing of the caller's settings reaches a service under test.
    static var environment: [String: String] {
        let inherited = ProcessInfo.processInfo.environment
        var result = ["PATH": inherited["PATH"] ?? "/usr/bin:/bin", "HOME": inherited["HOME"] ?? "/"]
        for name in ["TMPDIR", "TEMPORAL_CLI", "LD_LIBRARY_PATH"] { result[name] = inherited[name] }
        return result
    }
}
