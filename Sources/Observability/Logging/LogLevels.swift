package import Foundation
package import Logging
package import Storage
import Synchronization

/// Which lines are written: a level that can be changed while the service runs, for a while or until it ends.
package final class LogLevels: Sendable {
    package struct Setting: Sendable, Hashable {
        package var level: Logger.Level
        /// What holds without a change, and again when it ends.
        package var configured: Logger.Level
        /// When the change ends; nil: it does not, or there is none.
        package var until: Date?
    }

    private let setting: Mutex<Setting>
    /// A copy that costs nothing to read: every line asks.
    private let rank: Atomic<Int>

    package init(_ configured: Logger.Level) {
        setting = Mutex(Setting(level: configured, configured: configured))
        rank = Atomic(configured.rank)
    }

    package var current: Setting { setting.withLock { $0 } }

    /// Of the stream.
    var level: Logger.Level { Logger.Level.allCases[rank.load(ordering: .relaxed)] }

    /// - Parameter until: nil: until the process ends.
    package func change(to level: Logger.Level, until: Date? = nil) {
        set { Setting(level: level, configured: $0.configured, until: until) }
    }

    /// One whose time is over, or whose level this version does not know, leaves the configured one.
    package func apply(_ change: LogLevelStore.Change, now: Date = Date()) {
        guard let level = change.level.flatMap(Logger.Level.init(rawValue:)), change.until.map({ $0 > now }) ?? true
        else {
            return reset()
        }
        self.change(to: level, until: change.until)
    }

    package func reset() { set { Setting(level: $0.configured, configured: $0.configured) } }

    /// Ends a change whose time is over.
    func expire(now: Date) {
        if let until = current.until, until <= now { reset() }
    }

    private func set(_ change: (Setting) -> Setting) {
        setting.withLock {
            $0 = change($0)
            rank.store($0.level.rank, ordering: .relaxed)
        }
    }
}

extension Logger.Level {
    /// From 0, trace, to 6, critical.
    package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
