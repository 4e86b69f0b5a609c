import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Observability
import Storage

/// `GET /workflows/metrics`: JSON, or Prometheus' text when asked; `GET /metrics`: the text. `GET /workflows/performance`.
struct MetricsRoutes {
    let registry: MetricsRegistry
    let metricsReport: MetricsReport
    let performanceReport: PerformanceReport

    func add(to router: some RouterMethods<APIContext>) {
        router.get("metrics", use: report)
        router.get("performance", use: performance)
    }

    /// Prometheus' text tells of the whole process, so it is the operator's.
    @Sendable func report(_ request: Request, context: APIContext) async throws -> Response {
        let parameters = request.uri.queryParameters
        let format = parameters["format"].map(String.init)
        guard [nil, "json", "prometheus"].contains(format) else {
            throw Problem.badRequest("invalid_parameter", "format must be json or prometheus.")
        }
        if format == "prometheus" || (format == nil && Self.wantsText(request.headers[.accept])) {
            guard context.isOperator else { throw Problem.operatorOnly }
            return Self.text(registry, request)
        }
        let audience = try context.audience(.usageRead)
        return Response(json: try await metricsReport.document(try Self.window(request), for: audience))
    }

    @Sendable func performance(_ request: Request, context: APIContext) async throws -> Response {
        let audience = try context.audience(.executionsRead)
        let template = request.uri.queryParameters["template"].map(String.init)
        return Response(
            json: try await performanceReport.document(try Self.window(request), template: template, for: audience))
    }

    static func text(_ registry: MetricsRegistry, _ request: Request) -> Response {
        let format = PrometheusText(accept: request.headers[.accept])
        let families = (registry.snapshot + ProcessStatistics.current().families).sorted { $0.name < $1.name }
        return Response(
            status: .ok, headers: [.contentType: format.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: format.text(families))))
    }

    /// Prometheus names its formats; browsers and HTTP clients that take anything get JSON.
    private static func wantsText(_ accept: String?) -> Bool {
        guard let accept = accept?.lowercased(), !accept.contains("application/json") else { return false }
        return accept.contains("application/openmetrics-text") || accept.contains("text/plain")
    }

    private static func window(_ request: Request) throws -> ReportWindow {
        guard let text = request.uri.queryParameters["window"].map(String.init) else { return .day }
        guard let window = ReportWindow(rawValue: text) else {
            throw Problem.badRequest(
                "invalid_parameter",
                "window must be one of \(ReportWindow.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return window
    }
}

/// `GET /metrics`, as Prometheus expects it: the text alone.
struct ScrapeRoutes {
    let registry: MetricsRegistry

    func add(to router: some RouterMethods<APIContext>) { router.get("metrics", use: scrape) }

    @Sendable func scrape(_ request: Request, context: APIContext) async throws -> Response {
        MetricsRoutes.text(registry, request)
    }
}

extension Problem {
    static let operatorOnly = Problem(
        status: .forbidden, code: "forbidden", title: "Forbidden",
        detail:
            "That tells of all tenants: it needs the operator's key. A tenant's key gets JSON, with Accept: application/json."
    )
}
