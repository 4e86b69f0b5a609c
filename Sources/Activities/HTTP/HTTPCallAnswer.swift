import Foundation
import JSON
import NIOCore
import NIOHTTP1

/// What an HTTP endpoint answered, and the shapes that the language gives it.
struct HTTPCallAnswer {
    let status: Int
    let headers: HTTPHeaders
    let body: ByteBuffer

    var redirectLocation: String? {
        [301, 302, 303, 307, 308].contains(status) ? headers.first(name: "Location") : nil
    }

    func isSuccess(acceptingRedirects: Bool) -> Bool {
        (200..<300).contains(status) || (acceptingRedirects && (300..<400).contains(status))
    }

    /// The start of a failed answer's text, for the error's detail.
    var excerpt: String {
        guard isText, body.readableBytes > 0 else { return "" }
        let text = String(decoding: body.readableBytesView.prefix(300), as: UTF8.self)
        return ": " + text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    func output(_ shape: HTTPCallRequest.Output, for request: HTTPCallRequest) -> JSONValue {
        switch shape {
        case .raw: .string(Data(body.readableBytesView).base64EncodedString())
        case .content: content
        case .response:
            [
                "request": [
                    "method": .string(request.method), "uri": .string(request.displayURL),
                    "headers": Self.object(request.headers.filter { $0.name.lowercased() != "authorization" }),
                ],
                "statusCode": .integer(Int64(status)),
                "headers": Self.object(headers.map { ($0.name, $0.value) }),
                "content": content,
            ]
        }
    }

    /// JSON where it is declared or plainly is JSON, text where it is text, base64 otherwise; null for no body.
    private var content: JSONValue {
        guard body.readableBytes > 0 else { return .null }
        let bytes = [UInt8](body.readableBytesView)
        if isJSON, let value = try? JSONValue(parsing: bytes) { return value }
        guard isText, let text = String(validating: bytes, as: UTF8.self) else {
            return .string(Data(bytes).base64EncodedString())
        }
        return .string(text)
    }

    private var mediaType: String {
        headers.first(name: "Content-Type")?.split(separator: ";").first.map { $0.lowercased() } ?? ""
    }
    private var isJSON: Bool { mediaType.hasSuffix("/json") || mediaType.hasSuffix("+json") }
    private var isText: Bool {
        isJSON || mediaType.isEmpty || mediaType.hasPrefix("text/") || mediaType.hasSuffix("xml")
            || mediaType == "application/x-www-form-urlencoded"
    }

    private static func object(_ pairs: [(name: String, value: String)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in pairs {
            let key = name.lowercased()
            object[key] = .string(object[key]?.string.map { "\($0), \(value)" } ?? value)
        }
        return .object(object)
    }
}
