import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Everything that a service wrote while it was given secrets, at its most talkative, against their values.
@Suite(.timeLimit(.minutes(3)))
struct SecretLeakTests {
    private static let modelKey = "sk-proj-Zq8wVb3nTr6yLk1sXc5mPd9f"
    private static let secret = "v@lue-0f-the-Tenant's-crm-7391"
    private static let guessed = "wfs_GuessedGuessedGuessedGuessed42"
    private static let password = "hunter2-hunter2-hunter2"
    private static let address = "jane.roe@customer.example"

    @Test func nothingWrittenHoldsASecret() async throws {
        try await ScriptedAI.with { ai in
            var environment = ai.environment
            environment["OPENAI_API_KEY"] = Self.modelKey
            environment["WORKFLOW_LOG_LEVEL"] = "trace"
            try await RunningService.with(environment: environment) { service in
                let operatorKey = try String(
                    contentsOf: service.data.appending(path: "operator-key"), encoding: .utf8
                ).trimmingCharacters(in: .whitespacesAndNewlines)
                let premium = try await service.makeTenant("premium", tier: "premium")
                let value: JSONValue = ["value": .string(Self.secret)]
                let put = try await service.send(
                    .PUT, "/secrets/crm", headers: ["Content-Type": "application/json"],
                    body: .bytes(ByteBuffer(string: value.serialized())),
                    key: premium.key)
                #expect((200...204).contains(put.status), "\(put)")
                for mode in ["all is well", "AI-500", "AI-GARBAGE"] {
                    _ = try await service.execute(
                        text: "\(Self.address) wrote: \(mode). https://u:\(Self.password)@example.com", enhanced: true,
                        wait: 60, key: premium.key)
                }
                #expect(try await service.get("/executions?template=\(Self.guessed)", key: Self.guessed).status == 401)
                _ = try await service.get("/health", key: operatorKey)
                service.process.send(SIGTERM)
                try await service.process.waitUntilEnded()

                let log = service.data.deletingLastPathComponent().appending(
                    path: "\(service.data.lastPathComponent).log")
                // What the service says on its first start, to whoever started it.
                let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
                    .filter { !$0.hasPrefix("API key: ") }
                #expect(lines.contains { $0.contains("\"AI request\"") }, "the log is not at its most talkative")
                #expect(lines.contains { $0.contains("j***@customer.example") })
                let secrets = [
                    Self.modelKey, Self.secret, Self.guessed, service.key, premium.key, operatorKey,
                ]
                for secret in secrets + [Self.password, Self.address] {
                    let leak = lines.first { $0.contains(secret) }
                    #expect(leak == nil, "\(secret.prefix(6))…")
                }
                for (file, data) in try Self.files(in: service.data) {
                    for secret in secrets where data.range(of: Data(secret.utf8)) != nil {
                        Issue.record("\(file) holds \(secret.prefix(6))…")
                    }
                }
            }
        }
    }

    /// All but the keys' own.
    private static func files(in folder: URL) throws -> [(String, Data)] {
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return files.compactMap { $0 as? URL }.compactMap { file in
            guard !["api-key", "operator-key"].contains(file.lastPathComponent), let data = try? Data(contentsOf: file)
            else { return nil }
            return (file.lastPathComponent, data)
        }
    }
}
