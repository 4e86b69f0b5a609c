import Foundation
import JSON
import Logging
import Observability
package import Storage
import Templates
import Temporal
import Worker
import WorkflowDefinition

extension ExecutionService {
    /// Accepts an execution. Once the row is there the start is promised: a lost reply or a Temporal that is away leaves
    /// it pending, and the reconciler starts it with the same ids.
    ///
    /// 1. The request itself; one whose idempotency key was used gives the earlier execution.
    /// 2. The template, in the version asked for.
    /// 3. The input, checked against the template's parameters, with their defaults.
    /// 4. The row, in one transaction.
    /// 5. The start in Temporal; only a definite refusal marks the row failed. Its reply is recorded after the answer.
    package func start(_ request: ExecuteRequest, for caller: Principal) async throws -> Execution {
        try request.check()
        if let key = request.idempotency,
            let earlier = try await store.get(idempotencyKey: key.key, tenant: caller.tenant.id)
        {
            return try await repeated(earlier, key)
        }
        let template = try await template(request, tenant: caller.tenant.id)
        var new = NewExecution(
            tenantID: caller.tenant.id, definitionID: template.id, input: try template.checkedInput(request.input),
            aiEnhanced: request.aiEnhanced, idempotencyKey: request.idempotency?.key, triggeredBy: caller.id
        )
        new.openLimit = caller.tenant.limits.concurrentExecutions
        new.requestDigest = request.idempotency?.digest
        new.priority = request.priority.map { max($0, caller.tenant.tier.priorityKey) }
        new.tags = request.tags
        new.startAt = request.startAt.flatMap { $0 > new.startedAt ? $0 : nil }
        new.scheduleID = request.scheduleID
        new.requestID = request.requestID ?? Correlation.current.request
        new.traceParent = request.traceParent ?? Correlation.current.trace?.description
        let (row, isNew) = try await store.insert(new)
        if !isNew, let key = request.idempotency { return try await repeated(row, key) }
        ServiceMetrics.shared.executionStarted(template: template.name)
        return await Correlation.with {
            $0.takeOn(row.summary)
        } _: {
            logger.info(
                "Execution accepted",
                metadata: [
                    "template": "\(template.name)", "version": "\(template.version)",
                    "ai_enhanced": "\(request.aiEnhanced)",
                ])
            return await startInTemporal(row, template, for: caller.tenant)
        }
    }

    /// The answer to a repeat: what the first request led to, once that has its answer itself.
    private func repeated(_ earlier: Execution, _ key: ExecuteRequest.Idempotency) async throws -> Execution {
        let earlier = try await row(earlier.id, of: earlier.tenantID)
        guard earlier.requestDigest == key.digest else {
            throw ExecutionError(
                .idempotencyKeyReused, "Idempotency key reused",
                "This Idempotency-Key came with another request before. Use a new key for a new request.")
        }
        let age = Date().timeIntervalSince(earlier.summary.startedAt)
        guard earlier.status != .pending || earlier.summary.latestRunID != nil || age > patience / .seconds(1) + 1
        else {
            throw ExecutionError(
                .requestInProgress, "Request in progress",
                "The first request with this Idempotency-Key is still being accepted. Repeat it in a moment.")
        }
        return earlier
    }

    /// Starts a pending row; the same again gives the same run, also after it closed. Returns the row as it stands then.
    @discardableResult
    func startInTemporal(_ row: Execution, _ template: WorkflowTemplate, for tenant: Tenant) async -> Execution {
        let tier = tenant.tier
        let pin = RunPin(template: template, aiEnhanced: row.summary.aiEnhanced, tenant: tenant, execution: row.id)
        var request = StartWorkflowRequest(
            workflowID: row.summary.temporalWorkflowID, workflowType: template.name, taskQueue: taskQueue,
            input: pin.arguments(input: row.input ?? .object(JSONObject())), requestID: row.id.text
        )
        request.taskTimeout = Self.taskTimeout
        request.reusePolicy = .rejectDuplicate
        request.conflictPolicy = .fail
        request.searchAttributes = [
            "TenantId": .keyword(row.tenantID.text), "Tier": .keyword(tier.rawValue),
            "Template": .keyword(template.name), "AIEnhanced": .bool(row.summary.aiEnhanced),
        ]
        request.priority = Priority(key: row.summary.priority ?? tier.priorityKey, fairnessKey: row.tenantID.text)
        request.summary = "\(template.title) \(template.version)"
        if let delay = row.summary.startAt?.timeIntervalSinceNow, delay > 0 { request.startDelay = .seconds(delay) }
        do throws(TemporalError) {
            let started = try await temporal.startWorkflow(request, .patient)
            logger.info("Execution started", metadata: ["run": "\(started.runID)"])
            records.write(row.id, runID: started.runID)
            return row.started(as: started.runID)
        } catch {
            await settleFailedStart(row, error)
        }
        // Rare enough to be read again.
        return (try? await store.get(row.id)) ?? row
    }

    private func notRecorded(_ row: Execution, _ error: any Error) {
        logger.warning("Start not recorded; the reconciler will", metadata: ["id": "\(row.id)", "error": "\(error)"])
    }

    /// A workflow task replays the run and serialises its commands: with texts of megabytes on a busy machine that takes
    /// longer than the server's 10 s, and a task that always times out holds its run for ever. A killed worker's task is
    /// given to another only after this time.
    static let taskTimeout = Duration.seconds(20)

    private func settleFailedStart(_ row: Execution, _ error: TemporalError) async {
        do {
            switch error.code {
            case .alreadyStarted(let runID): try await store.markStarted(row.id, runID: runID)
            case .invalidArgument, .failedPrecondition:
                guard refusals.isLasting(row.id) else {
                    logger.warning(
                        "Start refused; it is tried again", metadata: ["id": "\(row.id)", "error": "\(error)"])
                    return
                }
                logger.error("Temporal refused a start", metadata: ["id": "\(row.id)", "error": "\(error)"])
                if try await store.markFailedToStart(row.id, error: "Temporal refused the start: \(error.message)") {
                    ServiceMetrics.shared.executionClosed(
                        template: row.summary.template, tenant: row.tenantID, status: "failed",
                        duration: .seconds(max(0, -row.summary.startedAt.timeIntervalSinceNow)), queueWait: nil)
                }
            default:
                logger.warning("Start postponed", metadata: ["id": "\(row.id)", "error": "\(error)"])
            }
        } catch {
            notRecorded(row, error)
        }
    }

    func template(_ request: ExecuteRequest, tenant: UUID) async throws -> WorkflowTemplate {
        if let template = try await templates.template(named: request.template, version: request.version, for: tenant) {
            return template
        }
        let known = try await templates.templates(for: tenant)
        let versions = known.filter { $0.name == request.template }.map(\.version)
        if let version = request.version, !versions.isEmpty {
            throw ExecutionError(
                .unknownTemplate, "Unknown version",
                "\(request.template) has no version \(version); there is \(versions.joined(separator: ", "))."
            )
        }
        let names = known.map(\.name).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        throw ExecutionError(
            .unknownTemplate, "Unknown template",
            "There is no template \(request.template.prefix(100).debugDescription); there is \(names.joined(separator: ", "))."
        )
    }
}

extension RunPin {
    /// - Parameter aiEnhanced: whether the enhancement points were asked for.
    init(template: WorkflowTemplate, aiEnhanced: Bool, tenant: Tenant, execution: UUID) {
        let points = aiEnhanced ? template.enhancementPoints.map(\.id) : []
        self.init(
            templateID: template.id, templateName: template.name, templateVersion: template.version,
            definition: template.definition.source, definitionDigest: template.digest, aiEnhanced: aiEnhanced,
            tier: tenant.tier.rawValue, pointsOff: tenant.points.off(points, of: template.name, in: execution)
        )
    }
}

extension WorkflowTemplate {
    /// The input with the parameters' defaults filled in.
    func checkedInput(_ input: JSONValue) throws -> JSONValue {
        let schema = try definition.input.schema ?? JSONSchema(compiling: parameters)
        let completed = schema.applyingDefaults(to: input)
        let violations = schema.validate(completed)
        guard violations.isEmpty else {
            throw ExecutionError(
                .invalidInput, "Invalid input",
                "The input does not fit the parameters of \(name) \(version): \(violations.map(\.description).joined(separator: "; ")).",
                violations: violations.map { .init(pointer: "/input\($0.instance)", message: $0.message) }
            )
        }
        return completed
    }
}

extension Tier {
    /// Temporal's order within a task queue; 3 is the default.
    var priorityKey: Int {
        switch self {
        case .enterprise: 2
        case .premium: 3
        case .basic: 4
        }
    }
}
