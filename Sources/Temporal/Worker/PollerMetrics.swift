package import Metrics
internal import Synchronization

/// What the polls of one source come to.
package final class PollerMetrics: Sendable {
    package enum Outcome: Sendable { case task, empty, failure }

    private let pollers: Gauge
    private let tasks: Counter
    private let empty: Counter
    private let underWay = Mutex(0)

    package init(pollers: Gauge, tasks: Counter, empty: Counter) {
        self.pollers = pollers
        self.tasks = tasks
        self.empty = empty
        pollers.record(0)
    }

    /// Polls that wait for the server at this moment.
    package var pollsUnderWay: Int { underWay.withLock { $0 } }

    func began() { change(by: 1) }

    func ended(_ outcome: Outcome) {
        change(by: -1)
        switch outcome {
        case .task: tasks.increment()
        case .empty: empty.increment()
        case .failure: break
        }
    }

    private func change(by difference: Int) {
        underWay.withLock { count in
            count += difference
            pollers.record(count)
        }
    }
}
