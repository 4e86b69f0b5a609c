import HTTPTypes
import Hummingbird
import JSON
import Observability
import ServiceLifecycle

/// `GET /workflows/health`, `/livez`, `/readyz`, without a key: 200, or 503 when something is missing that requests need.
struct HealthRoutes {
    let health: HealthMonitor
    /// Whether a request comes with a key, and is told details.
    let isKnown: @Sendable (Request, APIContext) async -> Bool

    func add(to router: some RouterMethods<APIContext>) {
        router.get("workflows/health", use: report)
        router.get("livez", use: alive)
        router.get("readyz", use: ready)
    }

    @Sendable func report(_ request: Request, context: APIContext) async throws -> Response {
        let report = await health.report()
        // A database that is away cannot tell whose key it is; health answers nevertheless.
        let withDetails = await isKnown(request, context)
        return Self.response(health.document(report, withDetails: withDetails), report.status)
    }

    /// Only that the process answers: a restart would not help with anything else.
    @Sendable func alive(_ request: Request, context: APIContext) async throws -> Response {
        Self.response(health.alive, .pass)
    }

    @Sendable func ready(_ request: Request, context: APIContext) async throws -> Response {
        let status = Task.isShuttingDownGracefully ? .fail : await health.report().status
        return Self.response(health.readiness(status), status)
    }

    private static func response(_ document: JSONValue, _ status: HealthStatus) -> Response {
        var response = Response(json: document, status: status == .fail ? .serviceUnavailable : .ok)
        response.headers[.contentType] = "application/health+json"
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
