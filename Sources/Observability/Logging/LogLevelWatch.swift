package import Logging
import ServiceLifecycle
package import Storage

/// Writes the log at the level that an operator sets in whichever process, from the moment on at which the database tells
/// of the change.
///
/// A process that starts takes a change over that has an end, so that new processes are seen as the others are; one without
/// ends with the process, so that whoever starts one with a level gets it.
package struct LogLevelWatch: Service {
    private let database: any Database
    private let store: LogLevelStore
    private let levels: LogLevels
    private let logger: Logger
    /// What was set before this process.
    private let before: LogLevelStore.Change?

    package init(_ database: any Database, levels: LogLevels, logger: Logger) async throws {
        self.database = database
        self.levels = levels
        self.logger = logger
        store = LogLevelStore(database)
        before = try await store.last()
        if let before, before.until != nil { levels.apply(before) }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var seen = before
            for await notification in database.notifications() where notification.concerns(.settings) {
                guard let last = await last(), last != seen else { continue }
                seen = last
                levels.apply(last)
                logger.notice("The log level changed", metadata: ["to": "\(levels.current.level.rawValue)"])
            }
        }
    }

    /// Waits for a database that is away: nobody tells of the change again.
    private func last() async -> LogLevelStore.Change? {
        while !Task.isCancelled {
            do {
                return try await store.last()
            } catch {
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return nil
    }
}
