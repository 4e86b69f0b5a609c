import HTTPTypes
import Hummingbird

/// Which web pages of other origins may call and read the answers (CORS); pages of unknown origins get no headers, so
/// browsers keep the answers from them.
struct CrossOrigin: RouterMiddleware {
    /// `https://console.example.com`, without a path.
    var allowed: Set<String>
    var methods: [HTTPRequest.Method]
    /// What a page may send.
    var headers: [String]
    /// What a page may read besides what every page may.
    var exposed: [String] = []
    /// Whether browsers send what they keep (HTTP Basic) along: only where a page has no field for a key.
    var withCredentials = false

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        // A browser asks before it sends anything else than a plain request.
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight ? Response(status: .noContent) : try await next(request, context)
        response.headers[values: .vary].append("Origin")
        guard let origin = request.headers[.origin], allowed.contains(origin) else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        if withCredentials { response.headers[.accessControlAllowCredentials] = "true" }
        if isPreflight {
            response.headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
            response.headers[.accessControlAllowHeaders] = headers.joined(separator: ", ")
            response.headers[.accessControlMaxAge] = "600"
        } else if !exposed.isEmpty {
            response.headers[.accessControlExposeHeaders] = exposed.joined(separator: ", ")
        }
        return response
    }
}

extension CrossOrigin {
    /// For web applications of tenants, which send their key or token themselves.
    static func api(_ allowed: Set<String>) -> CrossOrigin {
        CrossOrigin(
            allowed: allowed, methods: [.get, .post, .put, .patch, .delete],
            headers: [
                "Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Filename", "X-Request-Id",
                "traceparent",
            ],
            exposed: ["Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"])
    }

    /// For Temporal's UI, which calls the codec.
    static func codec(_ allowed: Set<String>) -> CrossOrigin {
        CrossOrigin(
            allowed: allowed, methods: [.post],
            headers: ["Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"], withCredentials: true)
    }
}
