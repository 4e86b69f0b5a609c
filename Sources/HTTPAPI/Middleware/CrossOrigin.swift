import HTTPTypes
import Hummingbird

/// Which web pages of other origins may call and read the answers (CORS); pages of unknown origins get no headers, so
/// browsers keep the answers from them.
///
/// For the whole router: a browser's preflight asks for paths with a method that no route has.
struct CrossOrigin: RouterMiddleware {
    /// For web applications of tenants, which send their key or token themselves.
    let api: CrossOriginPolicy
    /// For Temporal's UI under `/codec`.
    let codec: CrossOriginPolicy

    /// - Parameters: origins, such as `https://console.example.com`, without a path.
    init(api: Set<String>, codec: Set<String>) {
        self.api = CrossOriginPolicy(
            origins: api, methods: "GET, POST, PUT, PATCH, DELETE",
            headers:
                "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Filename, X-Request-Id, traceparent",
            exposed: "Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id", withCredentials: false)
        self.codec = CrossOriginPolicy(
            origins: codec, methods: "POST", headers: "Content-Type, X-Namespace, Authorization, Authorization-Extras",
            exposed: "X-Request-Id", withCredentials: true)
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let policy = request.uri.path.hasPrefix("/codec") ? codec : api
        // A browser asks before it sends anything else than a plain request.
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight ? Response(status: .noContent) : try await next(request, context)
        response.headers[values: .vary].append("Origin")
        guard let origin = request.headers[.origin], policy.origins.contains(origin) else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        if policy.withCredentials { response.headers[.accessControlAllowCredentials] = "true" }
        if isPreflight {
            response.headers[.accessControlAllowMethods] = policy.methods
            response.headers[.accessControlAllowHeaders] = policy.headers
            response.headers[.accessControlMaxAge] = "600"
        } else {
            response.headers[.accessControlExposeHeaders] = policy.exposed
        }
        return response
    }
}

struct CrossOriginPolicy: Sendable {
    let origins: Set<String>
    let methods: String
    /// What a page may send.
    let headers: String
    /// What a page may read besides what every page may.
    let exposed: String
    /// Whether browsers send what they keep (HTTP Basic) along: only where a page has no field for a key.
    let withCredentials: Bool
}
