import Executions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Observability
import Storage

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")
}

extension ExecuteRequest {
    private static let bodyLimit = 4 << 20

    /// The body of `POST /workflows/execute` with the header `Idempotency-Key`.
    init(_ request: Request, _ context: APIContext) async throws {
        let key = try Self.idempotencyKey(request)
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(
            besides: ["template", "version", "input", "ai_enhanced", "priority", "tags", "start_at", "delay"])
        guard let template = try body.member("template", "string", \.string) else {
            throw Problem.badRequest(
                "missing_member", "template is required: the name of a template, see GET /workflows/templates.",
                errors: [["pointer": "/template", "message": "is required"]]
            )
        }
        self.init(
            template: template, version: try body.member("version", "string", \.string),
            input: body["input"] ?? .object(JSONObject()),
            aiEnhanced: try body.member("ai_enhanced", "boolean", \.bool) ?? false
        )
        priority = try body.member("priority", "integer", \.integer).map { Int(clamping: $0) }
        tags =
            try body.member("tags", "array of strings") { value in
                value.array.flatMap { tags in
                    let texts = tags.compactMap(\.string)
                    return texts.count == tags.count ? texts : nil
                }
            } ?? []
        startAt = try body.member("start_at", "time such as 2026-11-23T08:00:00Z") { value in
            value.string.flatMap { Date(iso8601: $0) }
        }
        let delay = try body.member("delay", "duration such as 30s, 15m, 2h or 1d") { value in
            value.string.flatMap(Self.seconds)
        }
        if let delay {
            guard startAt == nil else {
                throw Problem.badRequest("invalid_member", "Give either start_at or delay.")
            }
            startAt = Date(timeIntervalSinceNow: delay)
        }
        idempotency = key.map {
            Idempotency(key: $0, digest: ContentDigest(of: JSONValue.object(body).canonicalBytes()).rawValue)
        }
        requestID = String((Correlation.current.request ?? context.id).prefix(128))
        traceParent = Correlation.current.trace?.description
    }

    private static func idempotencyKey(_ request: Request) throws -> String? {
        guard let name = HTTPField.Name.idempotencyKey, let key = request.headers[name] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem.badRequest(
                "invalid_idempotency_key", "Idempotency-Key must have 1 to 255 printable ASCII characters.")
        }
        return key
    }

    /// `90s`, `15m`, `2h`, `1d`; 0 or more.
    private static func seconds(_ text: String) -> Double? {
        let units = ["s": 1.0, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = units[String(text.suffix(1))], let number = Int(text.dropLast()),
            (0...100_000_000).contains(number)
        else { return nil }
        return Double(number) * unit
    }
}
