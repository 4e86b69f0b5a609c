import Foundation
import ServiceLifecycle
import Temporal
import TestSupport
import Testing

/// A workflow that runs one activity and ends as that ends: with its result, or with its failure as the machine sees it.
struct OneActivity: WorkflowMachine {
    struct Plan: Codable, Sendable {
        var type: String
        var queue = ""
        var input = ""
        /// Seconds.
        var startToClose: Double?
        var scheduleToStart: Double?
        var scheduleToClose: Double?
        var heartbeat: Double?
        /// 0: no bound.
        var attempts = 1
        var interval = 0.05
        var nonRetryable: [String] = []
        var count = 1
    }

    private let plan: Plan
    private var left: Int

    init(start: WorkflowStart) throws(MachineFault) {
        guard let input = start.input.first, let plan = try? JSONDecoder().decode(Plan.self, from: input.data) else {
            throw MachineFault("the input is no plan")
        }
        self.plan = plan
        left = plan.count
    }

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        var commands: [Command] = []
        if task.jobs.isEmpty {
            commands = (1...plan.count).map { .scheduleActivity(Seq($0), plan.options) }
        }
        for job in task.jobs {
            switch job {
            case .signal: commands.append(.cancelActivity(1))
            case .activity(_, .completed(let result)):
                left -= 1
                if left == 0 { commands.append(.complete(result ?? .null)) }
            case .activity(_, .failed(let failure)): commands.append(.fail(failure))
            case .activity(_, .cancelled(let failure)): commands.append(.fail(failure))
            default: break
            }
        }
        return Turn(commands: commands)
    }

    func query(_ query: QueryCall) throws(Failure) -> Payload { .null }
    var footprint: Int { 100 }
}

extension OneActivity.Plan {
    init(_ type: String, configure: (inout Self) -> Void = { _ in }) {
        self.init(type: type)
        configure(&self)
        if startToClose == nil, scheduleToClose == nil { startToClose = 30 }
    }

    fileprivate var options: ActivityOptions {
        let payload = (try? DataConverter.encode(input)) ?? .null
        var options = ActivityOptions(activityType: type, taskQueue: queue, input: [payload])
        options.startToClose = startToClose.map { .seconds($0) }
        options.scheduleToStart = scheduleToStart.map { .seconds($0) }
        options.scheduleToClose = scheduleToClose.map { .seconds($0) }
        options.heartbeat = heartbeat.map { .seconds($0) }
        options.retry = RetryPolicy(
            initialInterval: .seconds(interval), maximumAttempts: attempts, nonRetryableErrorTypes: nonRetryable)
        options.cancellation = .waitCompleted
        return options
    }
}

extension Kitchen {
    func start(_ plan: OneActivity.Plan, id: String = UUID().uuidString) async throws -> String {
        _ = try await client.startWorkflow(
            StartWorkflowRequest(
                workflowID: id, workflowType: "OneActivity", taskQueue: queue, input: [try DataConverter.encode(plan)]))
        return id
    }

    /// Runs a plan to its end beside workers that do one activity.
    func run(
        _ plan: OneActivity.Plan, configure: (inout ActivityWorkerConfiguration) -> Void = { _ in },
        _ handler: @escaping ActivityHandler
    ) async throws -> WorkflowOutcome {
        let configureBoth = { (_: inout WorkflowWorkerConfiguration, tasks: inout ActivityWorkerConfiguration) in
            configure(&tasks)
        }
        return try await withWorkers(OneActivity.self, activities: [plan.type: handler], configure: configureBoth) {
            try await client.result(workflowID: try await start(plan))
        }
    }

    /// Runs a worker for activities alone beside `body`, with one poller.
    func withActivities<Result: Sendable>(
        _ activities: [String: ActivityHandler], on queue: String, _ body: () async throws -> Result
    ) async throws -> Result {
        var configuration = ActivityWorkerConfiguration(taskQueue: queue)
        configuration.pollers = 1
        configuration.gracefulShutdown = .milliseconds(100)
        let worker = ActivityWorker(
            client: client, configuration: configuration, logger: Self.quiet, activities: activities)
        let group = ServiceGroup(services: [worker], logger: Self.quiet)
        return try await withThrowingTaskGroup(of: Void.self) { running in
            running.addTask { try await group.run() }
            let result = try await body()
            await group.triggerGracefulShutdown()
            try await running.waitForAll()
            return result
        }
    }

    /// The failure of the one activity: its own, with how its retries ended.
    func failure(
        _ outcome: WorkflowOutcome, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (Failure, Failure.RetryState) {
        guard case .failed(let failure) = outcome, case .activity(_, _, _, _, _, let state) = failure.kind,
            let cause = failure.cause
        else {
            throw EndedOtherwise(outcome: outcome)
        }
        return (cause, state)
    }

    private struct EndedOtherwise: Error { var outcome: WorkflowOutcome }

    func text(_ outcome: WorkflowOutcome) throws -> String {
        guard case .completed(let payloads) = outcome, let payload = payloads.first else {
            throw EndedOtherwise(outcome: outcome)
        }
        return String(decoding: payload.data, as: UTF8.self)
    }

    /// Waits until an attempt of the one activity runs.
    func waitForAttempt(_ id: String, _ attempt: Int = 1) async throws {
        try await eventually {
            let activity = try await client.describe(workflowID: id).pendingActivities.first
            return activity?.state == .started && activity?.attempt == attempt
        }
    }
}
