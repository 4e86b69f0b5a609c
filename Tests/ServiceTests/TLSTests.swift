import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

/// HTTPS with a certificate of the tests' own, by real clients.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TLSTests {
    /// Writes `cert.pem` and `key.pem` for 127.0.0.1.
    private func makeCertificate(_ name: String, in folder: URL) async throws {
        let made = try await run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=\(name)", "-addext",
                "subjectAltName=IP:127.0.0.1",
            ], in: folder)
        try #require(made.status == 0, "\(made)")
    }

    /// The status of a GET by a client that trusts the folder's certificate alone.
    private func get(_ url: String, trusting folder: URL, _ change: (inout TLSConfiguration) -> Void = { _ in })
        async throws -> Int
    {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(folder.appending(path: "cert.pem").path)
        change(&tls)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(10))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let status = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(20)).status.code
            try await client.shutdown()
            return Int(status)
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test func certificateIsServedAndItsRenewalNeedsNoRestart() async throws {
        try await withTemporaryFolder { folder in
            try await makeCertificate("first", in: folder)
            let environment = [
                "WORKFLOW_SERVER_TLS_CERTIFICATE": folder.appending(path: "cert.pem").path,
                "WORKFLOW_SERVER_TLS_KEY": folder.appending(path: "key.pem").path,
            ]
            try await RunningService.with(environment: environment) { service in
                #expect(service.url.hasPrefix("https://"))
                let address = "\(service.url)/templates"
                #expect(try await get(address, trusting: folder) == 401)
                #expect(try await get(address, trusting: folder) { $0.maximumTLSVersion = .tlsv12 } == 401)
                await #expect(throws: (any Error).self, "TLS 1.1 is refused") {
                    try await get(address, trusting: folder) {
                        $0.minimumTLSVersion = .tlsv1
                        $0.maximumTLSVersion = .tlsv11
                    }
                }
                let plain = address.replacing("https://", with: "http://")
                await #expect(throws: (any Error).self, "plain HTTP is refused") {
                    try await get(plain, trusting: folder)
                }

                // A renewal: first the certificate alone, which is unusable, then its key.
                let key = try Data(contentsOf: folder.appending(path: "key.pem"))
                try await makeCertificate("second", in: folder)
                let renewed = try Data(contentsOf: folder.appending(path: "key.pem"))
                try key.write(to: folder.appending(path: "key.pem"))
                await #expect(throws: (any Error).self, "the first is still served") {
                    try await get(address, trusting: folder)
                }
                try renewed.write(to: folder.appending(path: "key.pem"))
                #expect(try await get(address, trusting: folder) == 401)
            }
        }
    }

    @Test func aWorkerAnswersHealthWithTheCertificate() async throws {
        let temporal = try await TemporalServer.shared()
        let postgres = try await PostgresServer.shared()
        let database = try await postgres.makeDatabase()
        try await withTemporaryFolder { folder in
            try await makeCertificate("worker", in: folder)
            let output = folder.appending(path: "worker.log")
            let settings = [
                "DATABASE_URL": postgres.url(database), "TEMPORAL_ADDRESS": temporal.address,
                "TEMPORAL_NAMESPACE": "tls-\(UUID().uuidString.prefix(8).lowercased())",
                "WORKFLOW_SERVER_TLS_CERTIFICATE": folder.appending(path: "cert.pem").path,
                "WORKFLOW_SERVER_TLS_KEY": folder.appending(path: "key.pem").path,
            ]
            let worker = try ServiceProcess(
                [
                    Package.program.path, "serve", "--role", "worker", "--monitoring-port", "0", "--data",
                    folder.appending(path: "data").path,
                ], environment: Package.environment.merging(settings) { $1 }, output: output)
            defer { worker.send(SIGKILL) }
            var address = ""
            try await eventually(timeout: .seconds(60), "it says where it answers") {
                let text = try String(contentsOf: output, encoding: .utf8)
                guard let line = text.firstMatch(of: /Monitoring: (\S+)\n/) else { return false }
                address = String(line.1)
                return true
            }
            #expect(address.hasPrefix("https://"), "\(address)")
            #expect(try await get("\(address)/livez", trusting: folder) == 200)
        }
        try await postgres.drop(database)
    }

    @Test func unusableFilesAreRefusedAtTheStart() async throws {
        try await withTemporaryFolder { folder in
            try await makeCertificate("one", in: folder)
            let other = folder.appending(path: "other", directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            try await makeCertificate("other", in: other)
            let cases = [
                (["server.tls_certificate=cert.pem"], "server.tls_key"),
                (["server.tls_certificate=none.pem", "server.tls_key=key.pem"], "none.pem cannot be read"),
                (
                    ["server.tls_certificate=cert.pem", "server.tls_key=cert.pem"],
                    "cert.pem cannot be read as a private key"
                ),
                (
                    ["server.tls_certificate=cert.pem", "server.tls_key=other/key.pem"],
                    "is not the key of the certificate"
                ),
            ]
            for (settings, says) in cases {
                let answer = try await run(
                    Package.program.path, ["config"] + settings.flatMap { ["--set", $0] }, in: folder)
                #expect(answer.status == 2 && answer.error.contains(says), "\(answer)")
            }
        }
    }
}
