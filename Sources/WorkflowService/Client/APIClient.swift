import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1

/// What the commands call the service with.
struct APIClient: Sendable {
    let url: String
    let key: String
    private let http = HTTPClient.shared

    init(url: String, key: String) {
        self.url = url
        self.key = key
    }

    func get(_ path: String) async throws -> JSONValue {
        try await send(.GET, path, body: nil, headers: [:])
    }

    func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        try await send(
            .POST, path, body: .bytes(body.serializedBytes()), headers: ["Content-Type": "application/json"]
        )
    }

    /// Uploads a file; returns the document.
    func upload(_ data: Data, mediaType: String, filename: String) async throws -> JSONValue {
        let name = filename.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "document"
        return try await send(
            .POST, "/workflows/documents", body: .bytes(ByteBuffer(bytes: data)),
            headers: ["Content-Type": mediaType, "X-Filename": name]
        )
    }

    private func send(
        _ method: HTTPMethod, _ path: String, body: HTTPClientRequest.Body?, headers: HTTPHeaders
    ) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers = headers
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.body = body
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, timeout: .seconds(120))
        } catch {
            throw APIError(status: 0, message: "\(url) does not answer: \(error)")
        }
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let answer = try? JSONValue(parsing: [UInt8](bytes.readableBytesView))
        guard (200..<300).contains(response.status.code), let answer else {
            throw APIError(
                status: Int(response.status.code),
                message: answer?["detail"]?.string ?? "\(url)\(path) answered \(response.status.code)"
            )
        }
        return answer
    }
}

/// What the service answered instead of a result.
struct APIError: Error, CustomStringConvertible {
    /// 0: no answer at all.
    let status: Int
    let message: String
    var description: String { message }
}
