import Foundation
import Logging
import Synchronization

/// Lines of executions that wait to be stored. Bounded: a database that is away or slow costs lines, which are counted, never
/// memory or a worker's time.
package final class ExecutionLogQueue: Sendable {
    /// Lines, and their bytes, that may wait.
    private static let maximumLines = 10_000
    private static let maximumBytes = 8 << 20
    /// Lines that this process keeps of one execution; warnings and errors beyond it as many again.
    package static let maximumOfExecution = 5_000
    /// Executions that are counted; past it all begin anew.
    private static let maximumCounted = 20_000

    private struct State {
        var lines: [LogEntry] = []
        var bytes = 0
        var dropped = 0
        var counts: [UUID: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func add(_ entry: LogEntry) {
        guard let execution = entry.execution else { return }
        let size = entry.size
        state.withLock { state in
            guard state.lines.count < Self.maximumLines, state.bytes + size <= Self.maximumBytes else {
                state.dropped += 1
                return
            }
            if state.counts.count >= Self.maximumCounted { state.counts = [:] }
            let count = state.counts[execution, default: 0] + 1
            guard count <= Self.maximumOfExecution * (entry.level >= .warning ? 2 : 1) else {
                state.dropped += 1
                return
            }
            state.counts[execution] = count
            var entry = entry
            if count == Self.maximumOfExecution {
                entry.fields.append(("note", "this execution logs much: of further lines only warnings are kept"))
            }
            state.lines.append(entry)
            state.bytes += size
        }
    }

    package var count: Int { state.withLock { $0.lines.count } }

    /// The oldest lines, which leave the queue.
    func take(_ number: Int) -> [LogEntry] {
        state.withLock { state in
            let taken = Array(state.lines.prefix(number))
            state.lines.removeFirst(taken.count)
            state.bytes -= taken.reduce(0) { $0 + $1.size }
            return taken
        }
    }

    /// Lines that could not be stored wait again, before the others.
    func giveBack(_ lines: [LogEntry]) {
        state.withLock { state in
            state.lines.insert(contentsOf: lines, at: 0)
            state.bytes += lines.reduce(0) { $0 + $1.size }
        }
    }

    /// Lines that were dropped since the last time.
    func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    func drop(_ number: Int) { state.withLock { $0.dropped += number } }
}

extension LogEntry {
    fileprivate var size: Int {
        fields.reduce(message.utf8.count + 100) { $0 + $1.name.utf8.count + $1.value.utf8.count + 50 }
    }
}
