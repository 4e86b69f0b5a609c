import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1

/// The evaluated `with` of an HTTP call, checked.
struct HTTPCallRequest {
    enum Output: String { case raw, content, response }

    private(set) var method: String
    private(set) var url: URLComponents
    var headers: HTTPHeaders
    private var body: [UInt8]?
    let output: Output
    let followsRedirects: Bool

    init(_ input: JSONValue, limits: HTTPCallActivity.Limits) throws(ActivityError) {
        method = input["method"]?.string?.uppercased() ?? ""
        guard !method.isEmpty, method.utf8.allSatisfy({ (65...90).contains($0) || $0 == 45 }) else {
            throw .invalidInput("method must be an HTTP method such as get or post")
        }
        let endpoint = input["endpoint"]?.string ?? input["endpoint"]?["uri"]?.string ?? ""
        url = try Self.parse(endpoint)
        for (name, value) in input["query"]?.object ?? JSONObject() where !value.isNull {
            var items = url.queryItems ?? []
            for item in value.array ?? [value] { items.append(URLQueryItem(name: name, value: Self.text(item))) }
            url.queryItems = items
        }
        headers = HTTPHeaders()
        for (name, value) in input["headers"]?.object ?? JSONObject() where !value.isNull {
            guard Self.isToken(name), !Self.hasControl(Self.text(value)) else {
                throw .invalidInput("header \(name.debugDescription) has a name or value that HTTP does not allow")
            }
            guard !Self.reservedHeaders.contains(name.lowercased()) else {
                throw .invalidInput("header \(name) is set by the service and cannot be given")
            }
            headers.replaceOrAdd(name: name, value: Self.text(value))
        }
        if let body = input["body"], !body.isNull {
            self.body = [UInt8](Self.text(body).utf8)
            if !headers.contains(name: "Content-Type") {
                headers.add(
                    name: "Content-Type", value: body.string == nil ? "application/json" : "text/plain; charset=utf-8")
            }
        }
        guard (body?.count ?? 0) <= limits.requestBytes else {
            throw .invalidInput("the body is larger than \(limits.requestBytes) bytes")
        }
        if !headers.contains(name: "Accept") { headers.add(name: "Accept", value: "application/json, */*;q=0.5") }
        headers.replaceOrAdd(name: "User-Agent", value: "workflow-service")
        output = input["output"]?.string.flatMap(Output.init) ?? .content
        followsRedirects = input["redirect"]?.bool ?? false
    }

    var host: String {
        let host = url.host ?? ""
        return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    }
    var port: Int { url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80) }

    /// Without user, query and fragment, which may hold secrets.
    var displayURL: String {
        var shown = url
        shown.user = nil
        shown.password = nil
        shown.query = nil
        shown.fragment = nil
        return shown.string ?? host
    }

    var isUnsafe: Bool { !["GET", "HEAD", "OPTIONS", "TRACE"].contains(method) }

    var message: HTTPClientRequest {
        var request = HTTPClientRequest(url: url.string ?? "")
        request.method = HTTPMethod(rawValue: method)
        request.headers = headers
        if let body { request.body = .bytes(body) }
        return request
    }

    /// 303 and the historical practice for 301/302 turn an unsafe method into GET; credentials stay with their origin.
    ///
    /// - Parameter staysAtOrigin: another origin is an error: the request holds what only this one may see.
    mutating func follow(_ location: String, status: Int, staysAtOrigin: Bool) throws(ActivityError) {
        guard let base = url.url, let target = URL(string: location, relativeTo: base) else {
            throw .communication(status: status, "the redirect to \(location.debugDescription) is no URL")
        }
        let next = try Self.parse(target.absoluteString)
        let sameOrigin = (next.scheme, next.host, next.port) == (url.scheme, url.host, url.port)
        guard sameOrigin || !staysAtOrigin else {
            throw ActivityError(
                type: "authorization", status: 403, title: "Redirect not followed",
                detail: "\(displayURL) redirects to another origin; a call with a secret does not follow there",
                isRetryable: false)
        }
        url = next
        if !sameOrigin {
            for name in ["Authorization", "Cookie", "Proxy-Authorization"] { headers.remove(name: name) }
        }
        if status == 303 || (isUnsafe && (status == 301 || status == 302)) {
            method = method == "HEAD" ? "HEAD" : "GET"
            body = nil
            headers.remove(name: "Content-Type")
        }
    }

    private static let reservedHeaders: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade",
    ]

    private static func parse(_ text: String) throws(ActivityError) -> URLComponents {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), url.host?.isEmpty == false
        else {
            throw .invalidInput("endpoint \(text.prefix(200).debugDescription) is no absolute URL")
        }
        guard scheme == "http" || scheme == "https" else {
            throw .invalidInput("endpoint has the scheme \(scheme); only http and https are called")
        }
        return url
    }

    private static func text(_ value: JSONValue) -> String { value.string ?? value.serialized() }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
    }

    private static func hasControl(_ value: String) -> Bool {
        value.utf8.contains { ($0 < 32 && $0 != 9) || $0 == 127 }
    }
}
