import HTTPTypes
import Hummingbird
import Observability

/// Counts and times requests by the route that they matched. Outermost but for the request's identity, so that it sees the
/// status that the client sees.
struct HTTPMetrics: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let begin = ContinuousClock.now
        let metrics = ServiceMetrics.shared
        metrics.httpRequests(active: 1)
        defer { metrics.httpRequests(active: -1) }
        let response = try await next(request, context)
        metrics.httpRequest(
            method: request.method.rawValue, route: context.endpointPath ?? "unmatched",
            status: Int(response.status.code), took: ContinuousClock.now - begin)
        return response
    }
}
