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

/// Encrypted payloads, from the keys' file to what Temporal's own command line shows.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EncryptionTests {
    private static let phrase = "The otter signed the treaty."

    /// More than travels inside a history.
    private static let text = String(repeating: "\(phrase) ", count: 6_000)

    @Test func onlyTheOperatorsKeyShowsWhatHistoriesAndStoreHold() async throws {
        try await withTemporaryFolder { folder in
            let keys = folder.appendingPathComponent("keys")
            try Self.write("first:\(Self.key(1))", to: keys)
            try await RunningService.with(environment: ["WORKFLOW_ENCRYPTION_KEYS_FILE": keys.path]) { service in
                let answer = try await service.execute(text: Self.text, wait: 60)
                #expect(answer.executionStatus == "completed", "\(answer)")
                let small = try await service.execute(text: Self.phrase, wait: 60)

                // As it lies there.
                for id in [answer.id, small.id] {
                    let shown = try await service.temporal(["workflow", "show", "-w", id, "--output", "json"]).output
                    #expect(shown.contains(Data("binary/encrypted".utf8).base64EncodedString()) || id == answer.id)
                    #expect(!Self.tells(shown))
                }
                let stored = try Self.files(in: service.data.appendingPathComponent("payloads"))
                #expect(!stored.isEmpty)
                #expect(stored.allSatisfy { $0.range(of: Data("content_base64".utf8)) == nil })

                // As the operator sees it.
                let key = try String(contentsOf: service.data.appendingPathComponent("operator-key"), encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                for id in [answer.id, small.id] {
                    let shown = try await service.show(id, codecKey: key)
                    #expect(shown.status == 0 && Self.tells(shown.output), "\(shown.description.prefix(2000))")
                }
                let described = try await service.temporal(
                    [
                        "workflow", "result", "-w", small.id, "--codec-endpoint", service.codec, "--codec-auth",
                        "Bearer \(key)",
                    ])
                #expect(described.output.contains("words"), "\(described)")
                // A tenant's key, whatever its tier, is none.
                let shown = try await service.show(small.id, codecKey: service.key)
                #expect(!Self.tells(shown.output))
                for wrong in [service.key, "wfo_" + String(repeating: "A", count: 43), ""] {
                    let status = try await service.decode("{}", authorization: "Bearer \(wrong)").status
                    #expect(status == 401)
                }
                try await Self.checkHTTP(service, key)
                try await service.end()
            }
        }
    }

    /// What the UI's browser asks, and what is refused.
    private static func checkHTTP(_ service: RunningService, _ key: String) async throws {
        let origin = "http://localhost:\(try await service.uiPort())"
        let preflight = try await service.codecRequest(
            .OPTIONS, "decode", ["Origin": origin, "Access-Control-Request-Method": "POST"])
        #expect(preflight.status == 204 && preflight.headers["Access-Control-Allow-Origin"] == [origin])
        #expect(preflight.headers["Access-Control-Allow-Credentials"] == ["true"])
        #expect(preflight.headers["Access-Control-Allow-Headers"].first?.contains("X-Namespace") == true)
        let stranger = try await service.codecRequest(
            .OPTIONS, "decode", ["Origin": "http://evil.example", "Access-Control-Request-Method": "POST"])
        #expect(stranger.headers["Access-Control-Allow-Origin"].isEmpty)
        let refused = try await service.codecRequest(.POST, "decode", ["Origin": origin], body: "{}")
        #expect(refused.status == 401 && refused.headers["Access-Control-Allow-Origin"] == [origin])

        // What a browser keeps as a password.
        let basic = "Basic " + Data("anyone:\(key)".utf8).base64EncodedString()
        #expect(try await service.codecRequest(.GET, "", ["Authorization": basic]).status == 200)
        let plain = #"{"payloads":[{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"MQ=="}]}"#
        let encoded = try await service.codecRequest(
            .POST, "encode", ["Authorization": basic, "X-Namespace": "workflow-service"], body: plain)
        #expect(encoded.status == 200)
        let decoded = try await service.decode(encoded.body.serialized(), authorization: basic)
        let original = try JSONValue(parsing: plain)
        #expect(decoded.status == 200 && decoded.body == original, "\(decoded)")

        let elsewhere = try await service.codecRequest(
            .POST, "decode", ["Authorization": basic, "X-Namespace": "other"], body: "{}")
        #expect(elsewhere.status == 422 && elsewhere["detail"]?.string?.contains("workflow-service") == true)
        let cases = [
            ("nothing", 422, "invalid_input", "Payloads"),
            (payload("binary/encrypted", "AAAA", ["encryption-key-id": "gone"]), 422, "unreadable_payload", "gone"),
            (
                payload("binary/stored", Data(repeating: 0x61, count: 64).base64EncodedString(), [:]), 422,
                "unreadable_payload", "is not there"
            ),
        ]
        for (body, status, code, detail) in cases {
            let answer = try await service.decode(body, authorization: "Bearer \(key)")
            #expect(answer.status == status && answer["code"]?.string == code, "\(answer)")
            #expect(answer["detail"]?.string?.contains(detail) == true, "\(answer)")
        }
        let large = try await service.decode(String(repeating: " ", count: (16 << 20) + 1), authorization: basic)
        #expect(large.status == 413)
    }

    @Test func keysAreExchangedWhileRunsAreOpenAndHistoriesStayReadable() async throws {
        try await withTemporaryFolder { folder in
            let keys = folder.appendingPathComponent("keys")
            try Self.write("first:\(Self.key(1))", to: keys)
            let environment = ["WORKFLOW_ENCRYPTION_KEYS_FILE": keys.path]
            try await RunningService.with(environment: environment) { service in
                let before = try await service.execute(text: Self.phrase, wait: 60)
                try await service.end()

                try Self.write("second:\(Self.key(2))\nfirst:\(Self.key(1))", to: keys)
                let rotated = try await RunningService.start(data: service.data, environment: environment)
                let key = try String(contentsOf: service.data.appendingPathComponent("operator-key"), encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                let after = try await rotated.execute(text: Self.phrase, wait: 60)
                #expect(after.executionStatus == "completed", "\(after)")
                for id in [before.id, after.id] {
                    let shown = try await rotated.show(id, codecKey: key)
                    #expect(shown.status == 0 && Self.tells(shown.output), "\(shown.description.prefix(2000))")
                }
                let raw = try await rotated.temporal(["workflow", "show", "-w", after.id, "--output", "json"]).output
                #expect(raw.contains(Data("second".utf8).base64EncodedString()))
                #expect(!raw.contains(Data("first".utf8).base64EncodedString()))
                try await rotated.end()

                // Without the old key the new run is readable, the old one says why it is not.
                try Self.write("second:\(Self.key(2))", to: keys)
                let forgetful = try await RunningService.start(data: service.data, environment: environment)
                let lost = try await forgetful.show(before.id, codecKey: key)
                #expect(!Self.tells(lost.output))
                #expect(try await forgetful.show(after.id, codecKey: key).status == 0)
                try await forgetful.end()
            }
        }
    }

    @Test(arguments: [
        ("k:\(key(1))", 0o644, "others may read it (mode 644)"), ("k:c2hvcnQ=", 0o600, "line 1: the key has 5 bytes"),
        ("", 0o600, "no key in it"), (nil, 0o600, "there is no such file"),
    ])
    func badKeysFileStopsTheStart(content: String?, mode: Int, message: String) async throws {
        try await withTemporaryFolder { folder in
            let keys = folder.appendingPathComponent("keys")
            if let content { try Self.write(content, to: keys, mode: mode) }
            let output = folder.appendingPathComponent("log")
            let process = try ServiceProcess(
                [Package.program.path, "serve", "--port", "0", "--data", folder.appendingPathComponent("data").path],
                environment: Package.environment.merging(["WORKFLOW_ENCRYPTION_KEYS_FILE": keys.path]) { $1 },
                output: output)
            let status = try await process.waitUntilEnded(atMost: .seconds(20))
            let text = try String(contentsOf: output, encoding: .utf8)
            #expect(status != 0 && text.contains(keys.path) && text.contains(message), "\(text)")
            #expect(!text.contains(Self.key(1)) && !text.contains("c2hvcnQ"))
        }
    }

    @Test(arguments: ["temporal.example.com", "https://temporal.example.com/ui", "ftp://x", "https://a b"])
    func badOriginStopsTheStart(origin: String) async throws {
        try await withTemporaryFolder { folder in
            let output = folder.appendingPathComponent("log")
            let process = try ServiceProcess(
                [Package.program.path, "serve", "--port", "0", "--data", folder.appendingPathComponent("data").path],
                environment: Package.environment.merging(["WORKFLOW_CODEC_ORIGINS": "https://good.example,\(origin)"]) {
                    $1
                }, output: output)
            let status = try await process.waitUntilEnded(atMost: .seconds(20))
            let text = try String(contentsOf: output, encoding: .utf8)
            #expect(status != 0 && text.contains(origin) && text.contains("an origin such as"), "\(text)")
        }
    }

    // MARK: Pieces

    private static func key(_ byte: UInt8) -> String { Data(repeating: byte, count: 32).base64EncodedString() }

    private static func write(_ text: String, to file: URL, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    /// The phrase, or the base64 in which the input carries it, at any place of a JSON text or of its base64 again.
    private static func tells(_ text: String) -> Bool {
        let inner = Data(phrase.utf8).base64EncodedString().prefix(30)
        let outer = Data("content_base64".utf8).base64EncodedString().prefix(16)
        return text.contains(phrase) || text.contains(inner) || text.contains(outer) || text.contains("content_base64")
    }

    private static func files(in folder: URL) throws -> [Data] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).compactMap {
            try? Data(contentsOf: folder.appendingPathComponent($0))
        }.filter { !$0.isEmpty }
    }

    private static func payload(_ encoding: String, _ data: String, _ metadata: [String: String]) -> String {
        let fields = metadata.merging(["encoding": encoding]) { $1 }
            .map { "\"\($0.key)\":\"\(Data($0.value.utf8).base64EncodedString())\"" }.joined(separator: ",")
        return "{\"payloads\":[{\"metadata\":{\(fields)},\"data\":\"\(data)\"}]}"
    }
}

extension RunningService {
    /// Where Temporal's tools find the codec.
    fileprivate var codec: String { url.replacing("/workflows", with: "/codec") }

    fileprivate func show(_ id: String, codecKey: String) async throws -> CommandResult {
        try await temporal([
            "workflow", "show", "-w", id, "--output", "json", "--codec-endpoint", codec, "--codec-auth",
            "Bearer \(codecKey)",
        ])
    }

    fileprivate func codecRequest(
        _ method: HTTPMethod, _ path: String, _ headers: [String: String], body: String? = nil
    ) async throws -> Answer {
        let base = try #require(url.hasSuffix("/workflows") ? url.dropLast("/workflows".count) : nil)
        var request = HTTPClientRequest(url: "\(base)/codec\(path.isEmpty ? "" : "/\(path)")")
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code), headers: response.headers,
            body: bytes.readableBytes == 0 ? .null : try JSONValue(parsing: [UInt8](bytes.readableBytesView)))
    }

    fileprivate func decode(_ body: String, authorization: String) async throws -> Answer {
        try await codecRequest(.POST, "decode", ["Authorization": authorization], body: body)
    }

    /// At once: a graceful end waits for connections that the tests' client keeps.
    fileprivate func end() async throws {
        process.send(SIGKILL)
        try await process.waitUntilEnded()
    }

    fileprivate func uiPort() async throws -> Int {
        let log = data.deletingLastPathComponent().appendingPathComponent("\(data.lastPathComponent).log")
        let text = try String(contentsOf: log, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Temporal UI: ") })
        let url = try #require(URL(string: String(line.dropFirst("Temporal UI: ".count))))
        return try #require(url.port)
    }
}
