import Foundation
import Temporal
import TestSupport
import Testing

/// Headers, TLS and retries against a gRPC server that fails as told.
@Suite(.pythonSDK, .timeLimit(.minutes(2))) struct FaultyServerTests {
    private static let script = PythonPeer.fixture("faulty_server.py")

    private func withServer(
        _ arguments: [String] = [], configure: (inout TemporalConnection.Configuration) -> Void = { _ in },
        _ body: (TemporalClient) async throws -> Void
    ) async throws {
        try await PythonPeer.serving(Self.script, arguments) { line in
            let port = try #require(Int(line))
            var configuration = TemporalConnection.Configuration(address: .init(host: "127.0.0.1", port: port))
            configure(&configuration)
            try await TemporalConnection.with(configuration) { try await body(TemporalClient($0)) }
        }
    }

    @Test func everyCallCarriesItsHeadersAndADeadline() async throws {
        try await withServer {
            $0.apiKey = "secret"
            $0.namespace = "space"
        } _: { client in
            let answer = try await client.systemInfo().serverVersion
            let headers = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
            #expect(headers["authorization"] as? String == "Bearer secret")
            #expect(headers["temporal-namespace"] as? String == "space")
            #expect(headers["client-name"] as? String == "workflow-service-swift")
            #expect(headers["client-version"] as? String != nil)
            #expect(headers["has-deadline"] as? Bool == true)
        }
    }

    @Test(arguments: ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNKNOWN", "CANCELLED"])
    func passingFaultIsRetried(code: String) async throws {
        try await withServer { client in
            let answer = try await client.describeNamespace("\(code):2")
            #expect(answer.description == "3")
        }
    }

    @Test func updateSurvivesPassingFaultsAndAnswersWithoutNews() async throws {
        try await withServer { client in
            let update = try await client.update(workflowID: "w", name: "UNAVAILABLE:2")
            guard case .completed(let payloads) = update.outcome else { throw Unexpected(update) }
            #expect(payloads.map { text($0) } == ["6"])
        }
    }

    @Test(arguments: [
        ("nothing", TemporalError.Code.deadlineExceeded), ("hollow", .unimplemented), ("NOT_FOUND:9", .notFound),
    ])
    func uselessAnswersToAnUpdateAreBounded(name: String, code: TemporalError.Code) async throws {
        try await withServer { client in
            let error = try await #require(throws: TemporalError.self) {
                try await client.update(workflowID: "w", name: name, timeout: .seconds(1))
            }
            #expect(error.code == code, "\(error)")
        }
    }

    @Test(arguments: [
        ("INVALID_ARGUMENT", TemporalError.Code.invalidArgument), ("PERMISSION_DENIED", .permissionDenied),
        ("UNAUTHENTICATED", .unauthenticated), ("UNIMPLEMENTED", .unimplemented), ("NOT_FOUND", .notFound),
        ("FAILED_PRECONDITION", .failedPrecondition), ("ALREADY_EXISTS", .alreadyExists),
    ])
    func lastingFaultIsToldAtOnce(code: String, expected: TemporalError.Code) async throws {
        try await withServer { client in
            let error = try await #require(throws: TemporalError.self) {
                try await client.describeNamespace("\(code):1")
            }
            #expect(error.code == expected)
            #expect(error.message == "planned \(code)")
            // A second attempt would have succeeded: the first was the only one.
            #expect(try await client.describeNamespace("\(code):1").description == "2")
        }
    }

    @Test func cancelledCallEndsAtOnce() async throws {
        try await withServer { client in
            let call = Task { try await client.describeNamespace("slow") }
            try await Task.sleep(for: .milliseconds(300))
            let began = ContinuousClock.now
            call.cancel()
            let error = try await #require(throws: TemporalError.self) { try await call.value }
            #expect(error.code == .cancelled)
            #expect(ContinuousClock.now - began < .seconds(2))
        }
    }

    @Test func callsAfterShutdownAreRefused() async throws {
        let connection = try await PythonPeer.serving(Self.script, []) { line in
            let port = try #require(Int(line))
            return try await TemporalConnection.with(.init(address: .init(host: "127.0.0.1", port: port))) { $0 }
        }
        let error = try await #require(throws: TemporalError.self) {
            try await TemporalClient(connection).systemInfo()
        }
        #expect(error.code == .cancelled || error.code == .unavailable)
    }

    @Test func mutualTLSIsSpokenAndWrongNamesAreRefused() async throws {
        try await withTemporaryFolder { folder in
            try await PythonPeer.blocking { try Certificates.make(in: folder) }
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let identity = TemporalConnection.Configuration.TLS.ClientIdentity(
                certificatePath: path("client.pem"), keyPath: path("client.key"))
            let server = [path("server.pem"), path("server.key"), path("ca.pem")]

            try await withServer(server) {
                $0.tls = .init(serverName: "temporal.test", serverCAPath: path("ca.pem"), client: identity)
            } _: { client in
                _ = try await client.systemInfo()
            }

            for wrong: TemporalConnection.Configuration.TLS? in [
                .init(serverName: "other.test", serverCAPath: path("ca.pem"), client: identity),
                .init(serverName: "temporal.test", client: identity),
                .init(serverName: "temporal.test", serverCAPath: path("ca.pem")),
                nil,
            ] {
                try await withServer(server, configure: { $0.tls = wrong }) { client in
                    let call = Task { try await client.systemInfo() }
                    let timer = Task {
                        try await Task.sleep(for: .seconds(2))
                        call.cancel()
                    }
                    await #expect(throws: TemporalError.self) { try await call.value }
                    timer.cancel()
                }
            }
        }
    }
}

/// An authority, a server's and a client's certificate, made by OpenSSL.
enum Certificates {
    static func make(in folder: URL) throws {
        let script = """
            set -e
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-authority -keyout ca.key -out ca.pem
            for name in server client; do
                openssl req -newkey rsa:2048 -nodes -subj /CN=temporal.test -keyout $name.key -out $name.csr
                printf 'subjectAltName=DNS:temporal.test' > $name.ext
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                    -extfile $name.ext -out $name.pem
            done
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl made no certificates")
    }
}
