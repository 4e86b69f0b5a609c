import Foundation
import JSON
package import Logging
import ServiceLifecycle
package import Storage

/// Stores the lines of executions, about every second and many at once; also ends a change of the log level whose time is
/// over. Stops last of all services, so that it has their last lines.
package struct ExecutionLogWriter: Service {
    private let log: ServiceLog
    private let store: ExecutionLogStore
    private let logger: Logger

    private static let batch = 500
    private static let interval = Duration.seconds(1)
    private static let longestPause = Duration.seconds(10)

    package init(log: ServiceLog, store: ExecutionLogStore, logger: Logger) {
        self.log = log
        self.store = store
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = Self.interval
            while (try? await Task.sleep(for: pause)) != nil {
                log.levels.expire(now: Date())
                let isStored = await storeWaiting()
                // A full batch: more is coming than usual.
                if isStored {
                    pause = log.executions.count > Self.batch ? .milliseconds(100) : Self.interval
                } else {
                    pause = min(pause * 2, Self.longestPause)
                }
            }
        }
        _ = await storeWaiting()
    }

    /// False: the database is away; the lines wait.
    private func storeWaiting() async -> Bool {
        while true {
            let lines = log.executions.take(Self.batch)
            if lines.isEmpty { break }
            do {
                try await store.append(lines.compactMap(ExecutionLogLine.init))
            } catch let error as StorageError where [.busy, .unavailable].contains(error.code) {
                log.executions.giveBack(lines)
                return false
            } catch is CancellationError {
                log.executions.giveBack(lines)
                return false
            } catch {
                // Lines that the database refuses would be refused again.
                log.executions.drop(lines.count)
                logger.error("Lines of executions cannot be stored", metadata: ["error": .cause(error)])
            }
        }
        let dropped = log.executions.takeDropped()
        if dropped > 0 {
            ServiceMetrics.shared.linesDropped(dropped, at: "executions")
            logger.warning("Lines of executions were not kept", metadata: ["dropped": "\(dropped)"])
        }
        return true
    }
}

extension ExecutionLogLine {
    /// Texts that a database cannot hold lose what it cannot.
    fileprivate init?(_ entry: LogEntry) {
        guard let execution = entry.execution else { return nil }
        var fields = JSONObject()
        for field in entry.fields {
            fields[field.name.replacing("\0", with: "\u{FFFD}")] = .string(
                field.value.replacing("\0", with: "\u{FFFD}"))
        }
        self.init(
            execution: execution, time: entry.time, level: entry.level.rank,
            message: entry.message.replacing("\0", with: "\u{FFFD}"), fields: .object(fields)
        )
    }
}
