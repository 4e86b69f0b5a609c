import Activities
import JSON
package import Temporal
package import WorkflowEngine

extension ActivityOptions {
    /// How Temporal runs an activity that the engine asks for: queue, timeouts and retries by its profile.
    package init(_ request: ActivityRequest, workflowQueue: String) {
        let profile: ActivityProfile?
        let type: String
        let queue: String
        switch request.target {
        case .function(let name, _):
            profile = StandardCatalog.profile(named: name)
            type = name
            queue = (profile?.pool ?? .standard).taskQueue(of: workflowQueue)
        case .http:
            profile = StandardCatalog.httpCall
            type = StandardCatalog.httpCall.name
            queue = workflowQueue
        case .activity(let name, let taskQueue):
            profile = nil
            type = name
            queue = taskQueue
        }
        self.init(activityType: type, taskQueue: queue, input: [.json(request.input)])
        scheduleToClose = request.scheduleToClose.map { .milliseconds($0) }
        scheduleToStart = request.scheduleToStart.map { .milliseconds($0) }
        startToClose = request.startToClose.map { .milliseconds($0) } ?? profile?.timeout
        if startToClose == nil && scheduleToClose == nil { startToClose = .seconds(600) }
        heartbeat = request.heartbeat.map { .milliseconds($0) } ?? profile?.heartbeat
        retry =
            request.retry.map(RetryPolicy.init(definition:))
            ?? profile.map { RetryPolicy(maximumInterval: .seconds(30), maximumAttempts: $0.maximumAttempts) }
        summary = request.step
        // An activity of another worker takes its one argument.
        if profile != nil || !request.deferred.isEmpty {
            carry(step: request.step, enhancement: request.enhancement, request.deferred)
        }
    }
}

extension ActivityPool {
    /// Activities of the AI pool have a queue beside the workflow's own, and so workers and slots of their own.
    package func taskQueue(of workflowQueue: String) -> String {
        switch self {
        case .standard: workflowQueue
        case .ai: "\(workflowQueue)-ai"
        }
    }
}

extension RetryPolicy {
    /// The members of `with.retry`, checked when the definition was loaded; durations in seconds.
    fileprivate init(definition: JSONObject) {
        self.init(
            initialInterval: .seconds(definition["initialInterval"]?.double ?? 1),
            backoffCoefficient: definition["backoffCoefficient"]?.double ?? 2,
            maximumInterval: definition["maximumInterval"]?.double.map { .seconds($0) },
            maximumAttempts: definition["maximumAttempts"]?.integer.map { Int($0) } ?? 0,
            nonRetryableErrorTypes: definition["nonRetryableErrorTypes"]?.array?.compactMap(\.string) ?? []
        )
    }
}
