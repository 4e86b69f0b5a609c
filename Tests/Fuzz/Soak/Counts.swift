package import CoreMetrics
import Foundation
import Synchronization

/// Counters of a worker's metrics, for the soak to read at its end.
package final class Counts: MetricsFactory {
    private let totals = Mutex<[String: Int64]>([:])

    package init() {}

    /// Of each counter that ever counted, by its name and what it is about.
    package var all: [String: Int64] { totals.withLock { $0 } }

    private final class Handler: CounterHandler {
        let name: String
        let counts: Counts

        init(_ name: String, _ counts: Counts) {
            self.name = name
            self.counts = counts
        }

        func increment(by amount: Int64) { counts.totals.withLock { $0[name, default: 0] += amount } }
        func reset() { counts.totals.withLock { $0[name] = nil } }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let what = dimensions.filter { $0.0 == "operation" || $0.0 == "status_code" }.map(\.1)
        return Handler(([label] + what).joined(separator: " "), self)
    }
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

/// What a worker process says of itself when it ends.
struct WorkerReport: Codable {
    var connections: Int
    var counts: [String: Int64]

    /// Workflow tasks and attempts at activities that its polls brought.
    var tasks: Int64 {
        counts["temporal_workflow_task_queue_poll_succeed", default: 0]
            + counts["temporal_activity_task_received", default: 0]
    }

    /// Calls that failed, polls not among them.
    var failedCalls: [String: Int64] { counted("temporal_request_failure ") }
    /// A poll that fails may have lost the task that it was just given. Those that the end of the worker cuts off are not counted.
    var failedPolls: [String: Int64] { counted("temporal_long_request_failure ") }

    private func counted(_ prefix: String) -> [String: Int64] {
        counts.filter { $0.key.hasPrefix(prefix) && $0.value > 0 }
    }
}
