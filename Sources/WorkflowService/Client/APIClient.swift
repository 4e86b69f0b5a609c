import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL

/// What the commands call the service with.
struct APIClient: Sendable {
    let url: String
    let key: String
    private let http: HTTPClient
    private let isOwn: Bool

    /// - Parameter authority: a PEM file with who signs the service's certificate, when the system does not know them.
    init(url: String, key: String, authority: String? = nil) {
        self.url = url
        self.key = key
        if let authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authority)
            var configuration = Self.configuration
            configuration.tlsConfiguration = tls
            http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        } else {
            http = Self.shared
        }
        isOwn = authority != nil
    }

    /// A service that is not there is told at once.
    private static let configuration = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return configuration
    }()
    private static let shared = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    func close() async {
        if isOwn { try? await http.shutdown() }
    }

    func get(_ path: String, _ query: [String: String?] = [:]) async throws(APIError) -> JSONValue {
        try await send(.GET, path, query: query)
    }

    func post(
        _ path: String, _ body: JSONValue? = nil, headers: [String: String] = [:]
    ) async throws(APIError) -> JSONValue {
        try await send(.POST, path, body: body ?? [:], headers: headers)
    }

    func put(_ path: String, _ body: JSONValue) async throws(APIError) -> JSONValue {
        try await send(.PUT, path, body: body)
    }

    func patch(_ path: String, _ body: JSONValue) async throws(APIError) -> JSONValue {
        try await send(.PATCH, path, body: body)
    }

    @discardableResult
    func delete(_ path: String, _ query: [String: String?] = [:]) async throws(APIError) -> JSONValue {
        try await send(.DELETE, path, query: query)
    }

    /// - Parameters:
    ///   - query: members without a value are left out.
    ///   - body: sent as JSON.
    /// - Returns: null for an answer without a body.
    private func send(
        _ method: HTTPMethod, _ path: String, query: [String: String?] = [:], body: JSONValue? = nil,
        headers: [String: String] = [:]
    ) async throws(APIError) -> JSONValue {
        var headers = headers
        if body != nil { headers["Content-Type"] = "application/json" }
        let response = try await execute(
            method, path, query: query, headers: headers, body: body.map { .bytes($0.serializedBytes()) },
            timeout: .seconds(120))
        let bytes = try await Self.whole(response, path)
        guard (200..<300).contains(response.status.code) else { throw refusal(response, bytes, path) }
        guard !bytes.isEmpty else { return .null }
        guard let answer = try? JSONValue(parsing: bytes) else {
            throw APIError(status: Int(response.status.code), message: "\(url)\(path) did not answer with JSON.")
        }
        return answer
    }

    /// All entries of a list, page by page, at most `limit`; the answer looks like one page.
    func list(
        _ path: String, _ member: String, _ query: [String: String?] = [:], limit: Int
    ) async throws(APIError) -> JSONValue {
        var entries: [JSONValue] = []
        var (cursor, next) = (String?.none, JSONValue.null)
        repeat {
            var page = query
            page["limit"] = "\(min(200, limit - entries.count))"
            page["cursor"] = cursor
            let answer = try await get(path, page)
            entries += answer[member]?.array ?? []
            next = answer["next_cursor"] ?? .null
            cursor = next.string
        } while cursor != nil && entries.count < limit
        var answer = JSONObject()
        answer[member] = .array(entries)
        answer["next_cursor"] = next
        return .object(answer)
    }

    /// Uploads a file; returns the document.
    func upload(_ data: Data, mediaType: String, filename: String) async throws(APIError) -> JSONValue {
        let name = filename.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "document"
        let path = "/workflows/documents"
        let response = try await execute(
            .POST, path, headers: ["Content-Type": mediaType, "X-Filename": name],
            body: .bytes(ByteBuffer(bytes: data)), timeout: .seconds(120))
        let bytes = try await Self.whole(response, path)
        guard response.status.code == 201, let document = try? JSONValue(parsing: bytes) else {
            throw refusal(response, bytes, path)
        }
        return document
    }

    /// An answer that goes on: server-sent events, an export.
    func stream(
        _ path: String, query: [String: String?] = [:], headers: [String: String] = [:]
    ) async throws(APIError) -> HTTPClientResponse.Body {
        let response = try await execute(.GET, path, query: query, headers: headers, body: nil, timeout: .hours(24))
        // 204: nothing comes any more.
        guard [200, 204].contains(response.status.code) else {
            throw refusal(response, try await Self.whole(response, path), path)
        }
        return response.body
    }

    private func execute(
        _ method: HTTPMethod, _ path: String, query: [String: String?] = [:], headers: [String: String],
        body: HTTPClientRequest.Body?, timeout: TimeAmount
    ) async throws(APIError) -> HTTPClientResponse {
        var address = URLComponents()
        address.queryItems = query.sorted { $0.key < $1.key }.compactMap { name, value in
            value.map { URLQueryItem(name: name, value: $0) }
        }
        // Else a plus would be read as a space.
        let text = (address.percentEncodedQuery ?? "").replacing("+", with: "%2B")
        var request = HTTPClientRequest(url: url + path + (text.isEmpty ? "" : "?\(text)"))
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.body = body
        do {
            return try await http.execute(request, timeout: timeout)
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw APIError(status: 0, message: "\(url) does not answer: \(reason)")
        }
    }

    private static func whole(_ response: HTTPClientResponse, _ path: String) async throws(APIError) -> [UInt8] {
        do {
            return [UInt8]((try await response.body.collect(upTo: 64 << 20)).readableBytesView)
        } catch {
            throw APIError(status: 0, message: "The answer of \(path) broke off: \(error)")
        }
    }

    private func refusal(_ response: HTTPClientResponse, _ bytes: [UInt8], _ path: String) -> APIError {
        let answer = try? JSONValue(parsing: bytes)
        let status = Int(response.status.code)
        return APIError(
            status: status, message: answer?["detail"]?.string ?? "\(url)\(path) answered \(status)",
            problem: answer?["title"] == nil ? nil : answer)
    }
}

/// `/workflows/…` of parts that may hold anything.
func path(_ parts: String...) -> String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~")
    return (["/workflows"] + parts.map { $0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" })
        .joined(separator: "/")
}
