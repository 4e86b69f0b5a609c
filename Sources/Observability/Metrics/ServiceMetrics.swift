package import CoreMetrics
package import Foundation
import Metrics
import Synchronization

/// The service's own metrics: one function an event, so that names and labels stand in one place.
///
/// They go to the process's metrics system. Labels never take a value without bound: routes as matched, templates and tenants
/// up to a number, the rest as `other`.
package struct ServiceMetrics: Sendable {
    package static var shared: ServiceMetrics { ServiceMetrics(factory: MetricsSystem.factory) }

    private let factory: any MetricsFactory

    package init(factory: any MetricsFactory) { self.factory = factory }

    // MARK: Executions

    package func executionStarted(template: String) {
        count("workflow_executions_started", [("template", Self.templates[template])])
    }

    /// Once an execution: on its row's one successful transition.
    ///
    /// - Parameter queueWait: until the first workflow task; nil where there was none.
    package func executionClosed(
        template: String, tenant: UUID, status: String, duration: Duration, queueWait: Duration?
    ) {
        let template = Self.templates[template]
        count("workflow_executions_closed", [("template", template), ("status", status)])
        count("workflow_tenant_executions_closed", [("tenant", Self.tenants[tenant]), ("status", status)])
        time("workflow_execution_duration", [("template", template), ("status", status)], duration)
        if let queueWait { time("workflow_execution_queue_wait", [("template", template)], queueWait) }
    }

    /// - Parameter outcome: `completed`, `cancelled`, or the error's type.
    package func activityAttempt(_ activity: String, outcome: String, took duration: Duration) {
        count("workflow_activity_attempts", [("activity", activity), ("outcome", outcome)])
        time("workflow_activity_duration", [("activity", activity)], duration)
        if outcome != "completed", outcome != "cancelled" { error(of: "activity", outcome) }
    }

    // MARK: AI

    package struct AICall: Sendable {
        package var tenant: UUID
        package var activity: String
        package var provider: String
        package var model: String
        package var operation: String
        /// `ok` or the error's code.
        package var outcome: String
        package var duration: Duration
        package var inputTokens: Int
        package var outputTokens: Int
        package var microdollars: Int64
        /// Another model was preferred.
        package var isFailover: Bool

        package init(
            tenant: UUID, activity: String, provider: String, model: String, operation: String, outcome: String,
            duration: Duration, inputTokens: Int, outputTokens: Int, microdollars: Int64, isFailover: Bool
        ) {
            self.tenant = tenant
            self.activity = activity
            self.provider = provider
            self.model = model
            self.operation = operation
            self.outcome = outcome
            self.duration = duration
            self.inputTokens = inputTokens
            self.outputTokens = outputTokens
            self.microdollars = microdollars
            self.isFailover = isFailover
        }
    }

    package func aiCall(_ call: AICall) {
        let model = [("provider", call.provider), ("model", call.model)]
        count("workflow_ai_requests", model + [("operation", call.operation), ("outcome", call.outcome)])
        time("workflow_ai_request_duration", model + [("operation", call.operation)], call.duration)
        count("workflow_ai_tokens", model + [("direction", "input")], by: call.inputTokens)
        count("workflow_ai_tokens", model + [("direction", "output")], by: call.outputTokens)
        if call.isFailover, call.outcome == "ok" { count("workflow_ai_failovers", model) }
        if call.outcome != "ok" { error(of: "ai", call.outcome) }
        let dollars = Double(call.microdollars) / 1_000_000
        fraction(
            "workflow_ai_cost_dollars", [("tenant", Self.tenants[call.tenant]), ("activity", call.activity)], dollars)
        fraction("workflow_ai_model_cost_dollars", model, dollars)
    }

    /// A budget's use passed 80 or 100 % of its cap.
    package func aiBudgetPassed(percent: Int, isHard: Bool) {
        count("workflow_ai_budgets_passed", [("percent", String(percent)), ("kind", isHard ? "hard" : "soft")])
    }

    package func aiUnknownOutcome(provider: String, model: String) {
        count("workflow_ai_unknown_outcomes", [("provider", provider), ("model", model)])
    }

    package func aiFallback(reason: String) { count("workflow_ai_fallbacks", [("reason", reason)]) }

    // MARK: HTTP

    /// - Parameter route: as matched, `/workflows/executions/{id}`; never what the request says.
    package func httpRequest(method: String, route: String, status: Int, took duration: Duration) {
        let labels = [("method", Self.methods.contains(method) ? method : "other"), ("route", route)]
        count("http_server_requests", labels + [("status", String(status))])
        time("http_server_request_duration", labels, duration)
        if status >= 500 { error(of: "http", String(status)) }
    }

    package func httpRequests(active difference: Int) {
        Meter(label: "http_server_active_requests", factory: factory).increment(by: Double(difference))
    }

    // MARK: Errors and utilisation

    /// - Parameters:
    ///   - part: `activity`, `ai`, `http`, `database`, `temporal`, `webhook`, …
    ///   - class: one of a bounded number: an error's type or code.
    package func error(of part: String, _ class: String) {
        count("workflow_errors", [("part", part), ("class", `class`)])
    }

    func logged(_ level: String) { count("workflow_log_lines", [("level", level)]) }

    package func linesDropped(_ number: Int, at place: String) {
        count("workflow_log_lines_dropped", [("place", place)], by: number)
    }

    package func gauge(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        Gauge(label: name, dimensions: labels, factory: factory).record(value)
    }

    // MARK: -

    private func count(_ name: String, _ labels: [(String, String)], by amount: Int = 1) {
        Counter(label: name, dimensions: labels, factory: factory).increment(by: amount)
    }

    private func fraction(_ name: String, _ labels: [(String, String)], _ amount: Double) {
        FloatingPointCounter(label: name, dimensions: labels, factory: factory).increment(by: amount)
    }

    private func time(_ name: String, _ labels: [(String, String)], _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        Timer(label: name, dimensions: labels, factory: factory)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    private static let tenants = BoundedLabels<UUID>(maximum: 100) { $0.uuidString.lowercased() }
    private static let templates = BoundedLabels<String>(maximum: 200) { $0 }
}

/// The values of a label whose number others decide: the first `maximum` by name, the rest as one.
final class BoundedLabels<Value: Hashable & Sendable>: Sendable {
    private let maximum: Int
    private let name: @Sendable (Value) -> String
    private let known = Mutex<[Value: String]>([:])

    init(maximum: Int, _ name: @escaping @Sendable (Value) -> String) {
        self.maximum = maximum
        self.name = name
    }

    subscript(value: Value) -> String {
        known.withLock { known in
            if let found = known[value] { return found }
            guard known.count < maximum else { return MetricsRegistry.overflow }
            let made = name(value)
            known[value] = made
            return made
        }
    }
}
