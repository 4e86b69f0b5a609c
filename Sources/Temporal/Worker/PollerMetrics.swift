internal import Foundation
package import Metrics
internal import Synchronization

/// What the polls of one source come to.
package final class PollerMetrics: Sendable {
    package enum Outcome: Sendable { case task, empty, failure }

    private let pollers: Gauge
    private let tasks: Counter
    private let empty: Counter
    private let state = Mutex(State())

    private struct State {
        var underWay = 0
        var lastTask: Date?
    }

    package init(pollers: Gauge, tasks: Counter, empty: Counter) {
        self.pollers = pollers
        self.tasks = tasks
        self.empty = empty
        pollers.record(0)
    }

    /// Polls that wait for the server at this moment.
    package var pollsUnderWay: Int { state.withLock { $0.underWay } }
    /// When a poll brought a task.
    var lastTask: Date? { state.withLock { $0.lastTask } }

    func began() { change(by: 1) }

    func ended(_ outcome: Outcome) {
        change(by: -1)
        switch outcome {
        case .task:
            tasks.increment()
            state.withLock { $0.lastTask = Date() }
        case .empty: empty.increment()
        case .failure: break
        }
    }

    private func change(by difference: Int) {
        state.withLock { state in
            state.underWay += difference
            pollers.record(state.underWay)
        }
    }
}
