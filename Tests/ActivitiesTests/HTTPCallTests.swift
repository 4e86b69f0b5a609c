import Activities
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import TestSupport
import Testing

/// A real HTTP server on a free loopback port for the duration of `body`.
private func withServer<Result: Sendable>(_ body: @Sendable @escaping (Int) async throws -> Result) async throws
    -> Result
{
    let router = Router()
    router.get("json") { _, _ in
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: #"{"a":[1,2]}"#)))
    }
    router.get("text") { _, _ in "hello" }
    router.get("binary") { _, _ in
        Response(
            status: .ok, headers: [.contentType: "image/png"], body: .init(byteBuffer: ByteBuffer(bytes: [0, 255])))
    }
    router.get("empty") { _, _ in Response(status: .noContent) }
    router.get("broken") { _, _ in
        Response(status: .internalServerError, body: .init(byteBuffer: ByteBuffer(string: "it\nbroke")))
    }
    router.get("large") { _, _ in String(repeating: "x", count: 9 << 20) }
    router.get("slow") { _, _ -> String in
        try await Task.sleep(for: .seconds(3))
        return ""
    }
    router.get("hop/:count") { request, context in
        let count = try context.parameters.require("count", as: Int.self)
        let target = count == 0 ? "/json" : "/hop/\(count - 1)"
        return Response(status: .found, headers: [.location: target])
    }
    router.get("away") { _, _ in Response(status: .found, headers: [.location: "http://10.0.0.1/"]) }
    router.post("echo") { request, _ in
        let body = try await request.body.collect(upTo: 1 << 20)
        let value: JSONValue = [
            "type": .string(request.headers[.contentType] ?? ""), "body": .string(String(buffer: body)),
            "key": .string(request.headers[HTTPField.Name("Idempotency-Key")!] ?? ""),
            "query": .string(request.uri.query ?? ""),
        ]
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: value.serialized())))
    }
    let (ports, port) = AsyncStream<Int>.makeStream()
    let app = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await app.run() }
        var iterator = ports.makeAsyncIterator()
        let number = await iterator.next() ?? 0
        defer { group.cancelAll() }
        return try await body(number)
    }
}

@Suite(.timeLimit(.minutes(2))) struct HTTPCallTests {
    private static let context = ActivityContext(
        tenantID: UUID(), tier: "basic", executionID: UUID(), activityID: "7", attempt: 1
    )

    private func call(_ input: JSONValue, allowing port: Int?, timeout: Duration = .seconds(10)) async throws
        -> JSONValue
    {
        var limits = HTTPCallActivity.Limits()
        limits.timeout = timeout
        let rules = port.flatMap { AddressPolicy.Rule("127.0.0.1:\($0)") }.map { [$0] } ?? []
        let activity = HTTPCallActivity(policy: AddressPolicy(allowed: rules), limits: limits)
        return try await activity.run(input, Self.context)
    }

    private func failure(_ input: JSONValue, allowing port: Int?, timeout: Duration = .seconds(10)) async
        -> ActivityError
    {
        await #expect(throws: ActivityError.self) { try await call(input, allowing: port, timeout: timeout) }
            ?? .invalidInput("no error")
    }

    @Test func answersBecomeValues() async throws {
        try await withServer { port in
            let base = "http://127.0.0.1:\(port)"
            #expect(
                try await call(["method": "get", "endpoint": .string("\(base)/json")], allowing: port) == ["a": [1, 2]])
            #expect(
                try await call(["method": "GET", "endpoint": ["uri": .string("\(base)/text")]], allowing: port)
                    == "hello")
            #expect(try await call(["method": "get", "endpoint": .string("\(base)/binary")], allowing: port) == "AP8=")
            #expect(try await call(["method": "get", "endpoint": .string("\(base)/empty")], allowing: port) == nil)
            let raw = try await call(
                ["method": "get", "endpoint": .string("\(base)/text"), "output": "raw"], allowing: port)
            #expect(raw == "aGVsbG8=")
            let response = try await call(
                ["method": "get", "endpoint": .string("\(base)/json"), "output": "response"], allowing: port)
            #expect(response["statusCode"] == 200)
            #expect(response["content"] == ["a": [1, 2]])
            #expect(response["headers"]?["content-type"] == "application/json")
            #expect(response["request"]?["uri"]?.string == "\(base)/json")
        }
    }

    @Test func bodiesQueriesAndTheIdempotencyKeyAreSent() async throws {
        try await withServer { port in
            let answer = try await call(
                [
                    "method": "post", "endpoint": .string("http://127.0.0.1:\(port)/echo?a=1"), "body": ["x": 1],
                    "query": ["b": "z w", "c": [1, 2], "d": nil],
                ], allowing: port)
            #expect(answer["type"] == "application/json")
            #expect(answer["body"] == #"{"x":1}"#)
            #expect(answer["query"]?.string == "a=1&b=z%20w&c=1&c=2")
            #expect(answer["key"]?.string == Self.context.idempotencyKey)
        }
    }

    @Test func failuresSayWhatHappened() async throws {
        try await withServer { port in
            let base = "http://127.0.0.1:\(port)"
            let broken = await failure(
                ["method": "get", "endpoint": .string("\(base)/broken?token=s3cret")], allowing: port)
            #expect(broken.type == "communication" && broken.status == 500)
            #expect(broken.detail.contains("it broke") && !broken.detail.contains("s3cret"))
            let missing = await failure(["method": "get", "endpoint": .string("\(base)/nowhere")], allowing: port)
            #expect(missing.status == 404)
            let large = await failure(["method": "get", "endpoint": .string("\(base)/large")], allowing: port)
            #expect(large.detail.contains("larger than"))
            let slow = await failure(
                ["method": "get", "endpoint": .string("\(base)/slow")], allowing: port, timeout: .seconds(1))
            #expect(slow.type == "timeout" && slow.status == 408)
        }
        let refused = await failure(["method": "get", "endpoint": "http://127.0.0.1:1/"], allowing: 1)
        #expect(refused.type == "communication")
    }

    @Test func redirectsAreFollowedWhenAskedAndBounded() async throws {
        try await withServer { port in
            let base = "http://127.0.0.1:\(port)"
            let unasked = await failure(["method": "get", "endpoint": .string("\(base)/hop/0")], allowing: port)
            #expect(unasked.status == 302)
            let followed = try await call(
                ["method": "get", "endpoint": .string("\(base)/hop/3"), "redirect": true], allowing: port)
            #expect(followed == ["a": [1, 2]])
            let endless = await failure(
                ["method": "get", "endpoint": .string("\(base)/hop/9"), "redirect": true], allowing: port)
            #expect(endless.detail.contains("redirects"))
            let away = await failure(
                ["method": "get", "endpoint": .string("\(base)/away"), "redirect": true], allowing: port)
            #expect(away.type == "authorization" && away.detail.contains("10.0.0.1"))
        }
    }

    @Test(arguments: [
        "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://10.1.2.3/",
        "http://169.254.169.254/latest",
        "http://192.168.1.1/", "http://172.20.0.1/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/", "http://2130706433/", "http://0x7f.1/", "http://[2002:7f00:1::]/",
        "http://100.64.0.1/",
    ])
    func privateNetworksAreRefused(endpoint: String) async {
        let error = await failure(["method": "get", "endpoint": .string(endpoint)], allowing: nil)
        #expect(
            error.type == "authorization" || error.type == "communication" || error.type == "validation", "\(error)")
        #expect(error.type != "communication" || error.detail.contains("resolved"), "\(error)")
    }

    @Test(
        arguments: [
            ["method": "get", "endpoint": "ftp://example.org/"], ["method": "get", "endpoint": "no url"],
            ["method": "g t", "endpoint": "http://example.org/"],
            ["method": "get", "endpoint": "http://example.org/", "headers": ["a b": "c"]],
            ["method": "get", "endpoint": "http://example.org/", "headers": ["a": "c\r\nd: e"]],
            ["method": "get", "endpoint": "http://example.org/", "headers": ["Host": "internal"]],
        ] as [JSONValue])
    func malformedRequestsAreRefused(input: JSONValue) async {
        let error = await failure(input, allowing: nil)
        #expect(error.type == "validation" && error.status == 400)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.9.8.7", true), ("10.0.0.0/8", "192.168.0.1", false), ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "10.0.0.1", false), ("127.0.0.0/8", "8.8.8.8", true),
    ])
    func allowedBlocksContainTheirAddresses(block: String, address: String, contained: Bool) throws {
        let rule = try #require(AddressPolicy.Rule(block))
        let policy = AddressPolicy(allowed: [rule])
        #expect(policy.permits(host: address, port: 80, address: address) == contained)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/x", "host:port", "[::1"])
    func malformedRulesAreRefused(text: String) {
        #expect(AddressPolicy.Rule(text) == nil)
    }
}
