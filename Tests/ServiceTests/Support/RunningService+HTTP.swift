import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Testing

/// What the service answered.
struct Answer: Sendable, CustomStringConvertible {
    var status: Int
    var headers: HTTPHeaders
    var body: JSONValue

    var description: String { "\(status) \(body.serialized())" }

    subscript(_ key: String) -> JSONValue? { body[key] }

    var id: String { body["id"]?.string ?? "none" }
    var executionStatus: String { body["status"]?.string ?? "none" }
    var result: JSONValue? { body["output"]?["result"] }
    /// By enhancement point.
    var fallbackReasons: [String: String] {
        Dictionary(
            (body["fallbacks"]?.array ?? []).map { ($0["enhancement"]?.string ?? "", $0["reason"]?.string ?? "") },
            uniquingKeysWith: { $1 }
        )
    }
}

extension RunningService {
    /// - Parameter key: nil sends none.
    func send(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: HTTPClientRequest.Body? = nil,
        key: String?
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers = headers
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        request.body = body
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let answer = Answer(
            status: Int(response.status.code), headers: response.headers,
            body: bytes.readableBytes == 0 ? .null : try JSONValue(parsing: [UInt8](bytes.readableBytesView))
        )
        let violations = APIContract.served.violations(
            method.rawValue, URL(string: url + path)?.path ?? path, status: answer.status,
            mediaType: response.headers.first(name: "Content-Type"), body: answer.body)
        for violation in violations { Issue.record("\(violation): \(answer.description.prefix(2000))") }
        return answer
    }

    func get(_ path: String, key: String? = nil) async throws -> Answer {
        try await send(.GET, path, key: key ?? self.key)
    }

    func post(_ path: String, _ body: String, type: String? = "application/json", key: String? = nil) async throws
        -> Answer
    {
        try await send(
            .POST, path, headers: type.map { ["Content-Type": $0] } ?? [:], body: .bytes(ByteBuffer(string: body)),
            key: key ?? self.key
        )
    }

    /// Returns the document's id.
    func upload(_ data: Data, _ mediaType: String, filename: String? = nil, key: String? = nil) async throws -> String {
        var headers: HTTPHeaders = ["Content-Type": mediaType]
        if let filename { headers.add(name: "X-Filename", value: filename) }
        let answer = try await send(
            .POST, "/documents", headers: headers, body: .bytes(ByteBuffer(bytes: data)), key: key ?? self.key)
        try #require(answer.status == 201, "\(answer)")
        return answer.id
    }

    /// Executes document-processing on an uploaded document.
    func execute(document: String, enhanced: Bool = false, wait: Int? = nil, key: String? = nil) async throws -> Answer
    {
        try await execute(input: ["document": ["id": .string(document)]], enhanced: enhanced, wait: wait, key: key)
    }

    /// Executes document-processing on an inline text.
    func execute(text: String, enhanced: Bool = false, wait: Int? = nil, key: String? = nil) async throws -> Answer {
        let content = Data(text.utf8).base64EncodedString()
        return try await execute(
            input: ["document": ["content_base64": .string(content), "media_type": "text/plain"]], enhanced: enhanced,
            wait: wait, key: key
        )
    }

    private func execute(input: JSONValue, enhanced: Bool, wait: Int?, key: String?) async throws -> Answer {
        let body: JSONValue = ["template": "document-processing", "input": input, "ai_enhanced": .bool(enhanced)]
        let answer = try await post("/execute\(wait.map { "?wait=\($0)s" } ?? "")", body.serialized(), key: key)
        try #require(answer.status == 202 || answer.status == 200, "\(answer)")
        return answer
    }

    /// The execution once it has closed, or as it stands when `limit` is over.
    func closed(_ id: String, key: String? = nil, atMost limit: Duration = .seconds(90)) async throws -> Answer {
        let deadline = ContinuousClock.now + limit
        while true {
            let answer = try await get("/executions/\(id)", key: key)
            if answer.status == 200, !["pending", "running"].contains(answer.executionStatus) { return answer }
            if ContinuousClock.now > deadline { return answer }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
