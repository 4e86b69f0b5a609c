/// What the metrics mean, for those who read them: help texts, and the bounds of histograms. `docs/monitoring.md` tells the same.
enum MetricDescription {
    static func help(of name: String) -> String? { helps[name] }

    /// Upper bounds; seconds where the name does not say otherwise.
    static func bounds(of name: String) -> [Double] {
        if name.hasSuffix("_bytes") { return bytes }
        return longRunning.contains(name) ? long : short
    }

    /// Calls and tasks: a millisecond to a minute.
    private static let short = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    /// Whole executions: a tenth of a second to a week.
    private static let long: [Double] = [
        0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600,
    ]
    private static let bytes = (8...28).filter { $0 % 2 == 0 }.map { Double(1 << $0) }

    private static let longRunning: Set<String> = [
        "workflow_execution_duration_seconds", "workflow_execution_queue_wait_seconds",
        "temporal_workflow_endtoend_latency_seconds", "temporal_activity_succeed_endtoend_latency_seconds",
    ]

    private static let helps: [String: String] = [
        // Executions.
        "workflow_executions_started_total": "Executions accepted, by template.",
        "workflow_executions_closed_total": "Executions that ended, by template and status.",
        "workflow_tenant_executions_closed_total": "Executions that ended, by tenant and status.",
        "workflow_execution_duration_seconds": "From acceptance to the end of an execution.",
        "workflow_execution_queue_wait_seconds": "From acceptance (or the delayed start) to the first workflow task.",
        "workflow_activity_attempts_total": "Attempts at activities, by their outcome.",
        "workflow_activity_duration_seconds": "Of one attempt at an activity.",
        // AI.
        "workflow_ai_requests_total": "Calls to AI models, by outcome: ok or the error's code.",
        "workflow_ai_request_duration_seconds": "Of one call to an AI model.",
        "workflow_ai_tokens_total": "Tokens, by direction: input or output.",
        "workflow_ai_failovers_total": "Answers by another model than the preferred one.",
        "workflow_ai_budgets_passed_total": "Budgets whose use passed 80 or 100 % of their cap.",
        "workflow_ai_unknown_outcomes_total": "Calls whose end nobody saw; they count at their maximum.",
        "workflow_ai_fallbacks_total": "Enhancement points that gave their fallback, by reason.",
        // Cost.
        "workflow_ai_cost_dollars_total": "What AI calls cost, by tenant and activity.",
        "workflow_ai_model_cost_dollars_total": "What AI calls cost, by model.",
        // Errors.
        "workflow_errors_total": "Errors by part of the service and class.",
        "workflow_log_lines_total": "Warnings and errors logged, by level.",
        "workflow_log_lines_dropped_total": "Lines that were logged too fast to be written, by place.",
        // HTTP.
        "http_server_requests_total": "Requests answered, by method, matched route and status.",
        "http_server_request_duration_seconds": "From a request's head to the head of its answer.",
        "http_server_active_requests": "Requests that are being answered.",
        // Utilisation.
        "workflow_task_queue_backlog": "Tasks that wait in a task queue.",
        "workflow_task_queue_backlog_age_seconds": "Age of the oldest task that waits in a task queue.",
        "workflow_task_queue_add_rate": "Tasks a second that come to a task queue.",
        "workflow_task_queue_dispatch_rate": "Tasks a second that a task queue hands to workers.",
        "workflow_task_queue_pollers": "Workers that poll a task queue.",
        "workflow_executor_lag_seconds": "How late a task runs that is due: above 0.1 the process has too little CPU.",
        "workflow_event_loop_lag_seconds": "How long an event loop of the network takes to answer.",
        "cache_hits_total": "Lookups that a cache answered.",
        "cache_misses_total": "Lookups that a cache could not answer.",
        "cache_evictions_total": "Values that had to leave a cache.",
        "database_connections": "Connections to PostgreSQL, by state.",
        "database_connection_waits_total": "Callers that had to wait for a connection.",
        "workflow_build_info": "1, with the version as a label.",
        // The process, as Prometheus' own clients name it.
        "process_cpu_seconds_total": "CPU time of the process, user and system.",
        "process_resident_memory_bytes": "Memory of the process that is in RAM.",
        "process_virtual_memory_bytes": "Address space of the process.",
        "process_open_fds": "Open file descriptors.",
        "process_max_fds": "File descriptors that the process may open.",
        "process_threads": "Threads of the process.",
        "process_start_time_seconds": "Start of the process, since 1970.",
        // Temporal's names: https://docs.temporal.io/references/sdk-metrics
        "temporal_request_total": "Calls to Temporal, by operation.",
        "temporal_request_failure_total": "Failed calls to Temporal, by operation and status.",
        "temporal_request_latency_seconds": "Of calls to Temporal.",
        "temporal_long_request_total": "Long polls of Temporal.",
        "temporal_long_request_failure_total": "Failed long polls of Temporal.",
        "temporal_long_request_latency_seconds": "Of long polls of Temporal.",
        "temporal_worker_task_slots_available": "Tasks that a worker could take at once.",
        "temporal_worker_task_slots_used": "Tasks that a worker has in hand.",
        "temporal_num_pollers": "Polls under way.",
        "temporal_workflow_completed_total": "Runs that completed.",
        "temporal_workflow_failed_total": "Runs that failed.",
        "temporal_workflow_canceled_total": "Runs that were cancelled.",
        "temporal_workflow_continue_as_new_total": "Runs that went on in a new run.",
        "temporal_workflow_endtoend_latency_seconds": "From a run's start to its end.",
        "temporal_workflow_task_execution_failed_total": "Workflow tasks that failed.",
        "temporal_workflow_task_schedule_to_start_latency_seconds": "How long workflow tasks waited.",
        "temporal_workflow_task_execution_latency_seconds": "Of workflow tasks.",
        "temporal_workflow_task_replay_latency_seconds": "Of replaying a history.",
        "temporal_sticky_cache_hit_total": "Workflow tasks whose run was in the cache.",
        "temporal_sticky_cache_miss_total": "Workflow tasks whose run had left the cache.",
        "temporal_sticky_cache_size": "Runs in the cache.",
        "temporal_sticky_cache_total_forced_eviction_total": "Runs that had to leave the cache.",
        "temporal_activity_schedule_to_start_latency_seconds": "How long activity tasks waited.",
        "temporal_activity_execution_latency_seconds": "Of attempts at activities.",
        "temporal_activity_succeed_endtoend_latency_seconds": "From an activity's first scheduling to its success.",
        "temporal_activity_execution_failed_total": "Attempts at activities that failed.",
    ]
}
