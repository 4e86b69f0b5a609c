import Hummingbird
import JSON
import NIOCore
import Storage

extension Request {
    /// The body as a JSON object.
    ///
    /// - Throws: `Problem` 413 above `limit` bytes, 415 for another media type, 400 for anything but an object.
    ///
    /// - Parameter orEmpty: no body at all counts as `{}`.
    func jsonObject(limit: Int, orEmpty: Bool = false) async throws -> JSONObject {
        if let type = headers[.contentType], !type.lowercased().contains("json") {
            throw Problem(
                status: .unsupportedMediaType, code: "unsupported_media_type", title: "Unsupported media type",
                detail: "Send the body as application/json, not \(type)."
            )
        }
        let bytes = try await bytes(limit: limit)
        if orEmpty, bytes.isEmpty { return [:] }
        let value = try JSONValue(parsing: bytes)
        guard let object = value.object else {
            throw Problem.badRequest("invalid_body", "The body must be a JSON object, not \(value.typeName).")
        }
        return object
    }

    private func bytes(limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Problem.tooLarge(limit) }
        var bytes: [UInt8] = []
        for try await chunk in body {
            guard bytes.count + chunk.readableBytes <= limit else { throw Problem.tooLarge(limit) }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }
}

extension Problem {
    static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            status: .contentTooLarge, code: "body_too_large", title: "Body too large",
            detail:
                "The body may have at most \(limit) bytes. Upload documents with POST /workflows/documents and name them by id."
        )
    }
}

extension JSONObject {
    /// Refuses members that the route does not know, with the nearest that it does.
    func refuseUnknown(besides known: [String]) throws(Problem) {
        let unknown = keys.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            throw .badRequest(
                "unknown_member",
                "The body has unknown members: \(unknown.joined(separator: ", ")). Known are \(known.joined(separator: ", ")).",
                errors: unknown.map { ["pointer": .string("/\($0)"), "message": "is not known"] }
            )
        }
    }

    /// The member, which must be of the type that `read` reads.
    func member<Value>(
        _ key: String, _ type: String, _ read: (JSONValue) -> Value?
    ) throws(Problem) -> Value? {
        guard let value = self[key], !value.isNull else { return nil }
        guard let result = read(value) else {
            throw .badRequest(
                "invalid_member", "\(key) must be a \(type), not \(value.typeName).",
                errors: [["pointer": .string("/\(key)"), "message": .string("must be a \(type)")]]
            )
        }
        return result
    }
}
