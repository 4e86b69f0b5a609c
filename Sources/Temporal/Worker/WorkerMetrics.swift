package import Metrics
internal import Synchronization

/// The metrics of one worker, named and labelled as Temporal's SDKs do, so that dashboards made for these show ours.
///
/// Made once, before the first task: making a metric object is slow. Latencies are timers of nanoseconds. No label takes a
/// value without bound.
package struct WorkerMetrics: Sendable {
    /// https://docs.temporal.io/references/sdk-metrics
    package enum Name: String, Sendable {
        case workerStart = "temporal_worker_start"
        case slotsAvailable = "temporal_worker_task_slots_available"
        case slotsUsed = "temporal_worker_task_slots_used"
        case pollers = "temporal_num_pollers"

        case workflowPollSucceed = "temporal_workflow_task_queue_poll_succeed"
        case workflowPollEmpty = "temporal_workflow_task_queue_poll_empty"
        case workflowTaskScheduleToStart = "temporal_workflow_task_schedule_to_start_latency"
        case workflowTaskExecution = "temporal_workflow_task_execution_latency"
        case workflowTaskReplay = "temporal_workflow_task_replay_latency"
        case workflowTaskFailed = "temporal_workflow_task_execution_failed"
        case workflowCompleted = "temporal_workflow_completed"
        case workflowFailed = "temporal_workflow_failed"
        case workflowCanceled = "temporal_workflow_canceled"
        case workflowContinueAsNew = "temporal_workflow_continue_as_new"
        case workflowEndToEnd = "temporal_workflow_endtoend_latency"

        case stickyCacheHit = "temporal_sticky_cache_hit"
        case stickyCacheMiss = "temporal_sticky_cache_miss"
        case stickyCacheSize = "temporal_sticky_cache_size"
        case stickyCacheEviction = "temporal_sticky_cache_total_forced_eviction"

        case activityTaskReceived = "temporal_activity_task_received"
        case activityPollNoTask = "temporal_activity_poll_no_task"
        case activityScheduleToStart = "temporal_activity_schedule_to_start_latency"
        case activityExecution = "temporal_activity_execution_latency"
        case activitySucceedEndToEnd = "temporal_activity_succeed_endtoend_latency"
        case activityFailed = "temporal_activity_execution_failed"
        case activityUnregistered = "temporal_unregistered_activity_invocation"

        case request = "temporal_request"
        case requestFailure = "temporal_request_failure"
        case requestLatency = "temporal_request_latency"
        case longRequest = "temporal_long_request"
        case longRequestFailure = "temporal_long_request_failure"
        case longRequestLatency = "temporal_long_request_latency"
    }

    package enum WorkerType: String, Sendable {
        case workflow = "WorkflowWorker"
        case activity = "ActivityWorker"
    }

    package enum PollerType: String, Sendable {
        case workflow = "workflow_task"
        case stickyWorkflow = "sticky_workflow_task"
        case activity = "activity_task"
    }

    private let factory: any MetricsFactory
    private let labels: [(String, String)]

    package init(_ factory: any MetricsFactory, namespace: String, taskQueue: String, type: WorkerType) {
        self.factory = factory
        labels = [("namespace", namespace), ("task_queue", taskQueue), ("worker_type", type.rawValue)]
    }

    package func workerStarted() { counter(.workerStart).increment() }

    /// For `Slots(onChange:)`.
    package var slots: @Sendable (Slots.Counts) -> Void {
        let available = gauge(.slotsAvailable)
        let used = gauge(.slotsUsed)
        return {
            available.record($0.total - $0.used)
            used.record($0.used)
        }
    }

    package func poller(_ type: PollerType) -> PollerMetrics {
        let label = [("poller_type", type.rawValue)]
        return PollerMetrics(
            pollers: gauge(.pollers, label),
            tasks: counter(type == .activity ? .activityTaskReceived : .workflowPollSucceed, label),
            empty: counter(type == .activity ? .activityPollNoTask : .workflowPollEmpty, label))
    }

    func counter(_ name: Name, _ more: [(String, String)] = []) -> Counter {
        Counter(label: name.rawValue, dimensions: labels + more, factory: factory)
    }

    func gauge(_ name: Name, _ more: [(String, String)] = []) -> Gauge {
        Gauge(label: name.rawValue, dimensions: labels + more, factory: factory)
    }

    func timer(_ name: Name, _ more: [(String, String)] = []) -> Timer {
        Timer(label: name.rawValue, dimensions: labels + more, factory: factory)
    }
}

/// What the cache of workflow runs does.
package struct StickyCacheMetrics: Sendable {
    package let hit: Counter
    package let miss: Counter
    /// Runs in the cache.
    package let size: Gauge
    /// Runs that had to leave it.
    package let forcedEviction: Counter

    package init(_ metrics: WorkerMetrics) {
        hit = metrics.counter(.stickyCacheHit)
        miss = metrics.counter(.stickyCacheMiss)
        size = metrics.gauge(.stickyCacheSize)
        forcedEviction = metrics.counter(.stickyCacheEviction)
    }
}

/// Of workflows of one type.
package struct WorkflowMetrics: Sendable {
    package let scheduleToStart: Timer
    /// Of a workflow task: from its arrival to its answer.
    package let execution: Timer
    /// Of the recorded part of a history.
    package let replay: Timer
    package let endToEnd: Timer
    package let completed: Counter
    package let failed: Counter
    package let canceled: Counter
    package let continuedAsNew: Counter
    package let taskFailed: Counter
    package let taskNonDeterministic: Counter

    init(_ metrics: WorkerMetrics, type: String) {
        let label = [("workflow_type", type)]
        scheduleToStart = metrics.timer(.workflowTaskScheduleToStart, label)
        execution = metrics.timer(.workflowTaskExecution, label)
        replay = metrics.timer(.workflowTaskReplay, label)
        endToEnd = metrics.timer(.workflowEndToEnd, label)
        completed = metrics.counter(.workflowCompleted, label)
        failed = metrics.counter(.workflowFailed, label)
        canceled = metrics.counter(.workflowCanceled, label)
        continuedAsNew = metrics.counter(.workflowContinueAsNew, label)
        taskFailed = metrics.counter(.workflowTaskFailed, label + [("failure_reason", "WorkflowError")])
        taskNonDeterministic = metrics.counter(.workflowTaskFailed, label + [("failure_reason", "NonDeterminismError")])
    }
}

/// Of all workflow types that a worker met. Anybody can start a workflow of any type: past `maximum` they share one label.
package final class WorkflowMetricsByType: Sendable {
    private static let maximum = 100
    private static let rest = "_other"

    private let metrics: WorkerMetrics
    private let known = Mutex<[String: WorkflowMetrics]>([:])

    package init(_ metrics: WorkerMetrics) { self.metrics = metrics }

    package subscript(type: String) -> WorkflowMetrics {
        known.withLock { known in
            if let found = known[type] { return found }
            let label = known.count < Self.maximum ? type : Self.rest
            if let found = known[label] { return found }
            let made = WorkflowMetrics(metrics, type: label)
            known[label] = made
            return made
        }
    }
}

/// Of activities of one type.
struct ActivityMetrics: Sendable {
    let scheduleToStart: Timer
    let execution: Timer
    /// From its first scheduling to its success.
    let succeedEndToEnd: Timer
    let failed: Counter

    init(_ metrics: WorkerMetrics, type: String) {
        let label = [("activity_type", type)]
        scheduleToStart = metrics.timer(.activityScheduleToStart, label)
        execution = metrics.timer(.activityExecution, label)
        succeedEndToEnd = metrics.timer(.activitySucceedEndToEnd, label)
        failed = metrics.counter(.activityFailed, label)
    }
}
