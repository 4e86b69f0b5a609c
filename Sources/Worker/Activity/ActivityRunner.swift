package import Activities
import Foundation
import JSON
package import Logging
import Observability
package import Storage
package import Temporal

/// Serves the catalogued activities: checks the input, finds out on whose behalf, runs, and translates errors.
package struct ActivityRunner: Sendable {
    private struct Entry: Sendable {
        let activity: any Activity
        let schema: JSONSchema
    }

    /// On whose behalf a run works.
    private struct Owner: Sendable {
        let execution: ExecutionSummary
        let tier: Tier
        let limits: TenantLimits
    }

    private let entries: [Entry]
    private let owners = Cache<String, Owner>("run_owners", limits: .init(entries: 10_000)) { _ in 1_000 }
    private let executions: ExecutionStore
    private let tenants: TenantStore
    private let secrets: SecretStore
    private let logger: Logger

    /// - Throws: `JSONSchemaError` when an activity's own schema does not compile.
    package init(
        _ activities: [any Activity], executions: ExecutionStore, tenants: TenantStore, secrets: SecretStore,
        logger: Logger
    ) throws {
        entries = try activities.map { Entry(activity: $0, schema: try JSONSchema(compiling: $0.profile.inputSchema)) }
        self.executions = executions
        self.tenants = tenants
        self.secrets = secrets
        self.logger = logger
    }

    /// After a change of tenants, in whatever process.
    package func forget() { owners.removeAll() }

    package var statistics: [String: CacheStatistics] { ["run_owners": owners.statistics] }

    /// By activity type, as a worker of the pool's queue wants them.
    package func handlers(of pool: ActivityPool) -> [String: ActivityHandler] {
        let served = entries.filter { $0.activity.profile.pool == pool }
        var handlers: [String: ActivityHandler] = [:]
        for entry in served { handlers[entry.activity.profile.name] = { task in try await run(entry, task) } }
        return handlers
    }

    private func run(_ entry: Entry, _ task: ActivityTask) async throws -> Payload? {
        try await Correlation.with {
            $0.run = task.runID
            $0.step = task.called("step")
            $0.activity = task.activityType
            $0.activityID = task.activityID
            $0.attempt = task.attempt
        } _: {
            do {
                return try await withHeartbeats(task) {
                    let patience = Patience(of: task, entry.activity.profile)
                    let owner = try await patience.outlast(logger) {
                        // AI calls go through the ledger: while the database is away they wait here, and do not fall back there.
                        if entry.activity.profile.pool == .ai {
                            _ = try await executions.summary(workflowID: task.workflowID, runID: task.runID)
                        }
                        return try await self.owner(of: task)
                    }
                    return try await Correlation.with {
                        $0.takeOn(owner.execution)
                    } _: {
                        try await attempt(entry, task, context(of: task, owner), patience)
                    }
                }
            } catch let failure as Failure {
                throw failure
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // Nobody knows whose it is: the database is away, or it is no execution of ours.
                let (known, cause) = Self.translated(error, task)
                logger.warning(
                    "Activity not begun", metadata: ["reason": "\(known)", "error": cause.map { .cause($0) } ?? "none"])
                throw known.failure
            }
        }
    }

    private func attempt(
        _ entry: Entry, _ task: ActivityTask, _ context: ActivityContext, _ patience: Patience
    ) async throws -> Payload? {
        let record = AttemptRecord(task, logger: logger)
        do {
            let shown = try task.input.first?.jsonValue() ?? .object(JSONObject())
            // As a whole: an activity that fails for our stores may run again, which is what another attempt would do.
            let result = try await patience.outlast(logger) {
                let secrets = try await SecretUse(of: task, shown: shown, store: secrets, tenant: context.tenantID)
                return try await secrets.masking {
                    if let violation = entry.schema.validate(secrets.input).first {
                        throw ActivityError.invalidInput("\(entry.activity.profile.name): \(violation)")
                    }
                    var context = context
                    context.carriesSecrets = !secrets.mask.isEmpty
                    context.heartbeat = { [mask = secrets.mask] in task.heartbeat([.json(mask($0))]) }
                    return secrets.mask(try await entry.activity.run(secrets.input, context))
                }
            }
            record.completed()
            return .json(result)
        } catch is CancellationError {
            record.cancelled()
            throw CancellationError()
        } catch {
            let (known, cause) = Self.translated(error, task)
            record.failed(known, cause: cause)
            throw known.failure
        }
    }

    /// Heartbeats while `work` runs: a killed worker is noticed soon, and a cancelled workflow's work is stopped.
    private func withHeartbeats<Result: Sendable>(
        _ task: ActivityTask, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await work() }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.heartbeatInterval)
                    task.heartbeat()
                }
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    /// Cheap: the worker sends what is due only.
    private static let heartbeatInterval = Duration.seconds(2)

    /// From the execution's row: an input cannot claim another's.
    private func owner(of task: ActivityTask) async throws -> Owner {
        // By run: another client may use a workflow's id again, for another tenant.
        let owner = try await owners.value("\(task.workflowID)/\(task.runID)") { [executions, tenants] in
            guard let execution = try await executions.summary(workflowID: task.workflowID, runID: task.runID),
                let tenant = try await tenants.get(execution.tenantID)
            else { return nil }
            return Owner(execution: execution, tier: tenant.tier, limits: tenant.limits)
        }
        guard let owner else {
            throw ActivityError(
                type: "authorization", status: 403, title: "Unknown execution",
                detail: "workflow \(task.workflowID) is no execution of this service", isRetryable: false
            )
        }
        return owner
    }

    private func context(of task: ActivityTask, _ owner: Owner) -> ActivityContext {
        var context = ActivityContext(
            tenantID: owner.execution.tenantID, tier: owner.tier.rawValue, executionID: owner.execution.id,
            activityID: "\(task.runID)/\(task.activityID)",
            attempt: task.attempt, template: owner.execution.template,
            templateVersion: owner.execution.templateVersion, enhancementPoint: task.called("enhancement"),
            heartbeat: { task.heartbeat([.json($0)]) }
        )
        context.aiLimits = owner.limits.ai
        return context
    }

    /// What the history tells, and, where the error is ours and not the tenant's, what only the log does.
    private static func translated(
        _ error: any Error, _ task: ActivityTask
    ) -> (known: ActivityError, cause: (any Error)?) {
        switch error {
        case let error as ActivityError: return (error, nil)
        case let error as UnreadablePayload: return (.invalidInput(error.description), nil)
        default:
            let known = ActivityError(
                type: "runtime", status: 500, title: "Internal error",
                detail: "\(task.activityType) met an internal error; it is retried", isRetryable: true
            )
            return (known, error)
        }
    }
}

extension ActivityError {
    fileprivate var failure: Failure {
        let document = document
        return .application(
            detail, type: document["type"]?.string ?? type, nonRetryable: !isRetryable, details: [.json(document)],
            nextRetryDelay: retryAfter
        )
    }
}

extension ActivityTask {
    /// Of the call, such as its `step`: it travels beside the input, where payloads are encrypted as well.
    fileprivate func called(_ member: String) -> String? {
        guard input.count > 1, let call = try? input[1].jsonValue() else { return nil }
        return call[member]?.string
    }
}
