import Activities
import Logging
import Observability
import Storage
import Temporal

/// How long an attempt waits for a database that is away: half of its time, so that some is left for the work. An outage of
/// some seconds then costs no attempt, of which an activity has few.
struct Patience: Sendable {
    private let end: ContinuousClock.Instant

    private static let longestPause = Duration.seconds(1)

    /// Begins now.
    init(of task: ActivityTask, _ profile: ActivityProfile) {
        end = .now + (task.startToClose ?? profile.timeout) / 2
    }

    /// The result of `work`, which is tried again while the database is away, and must bear that.
    func outlast<Result: Sendable>(
        _ logger: Logger, _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await work()
            } catch let error as StorageError where error.isPassing && ContinuousClock.now + pause < end {
                if pause == .milliseconds(100) {
                    logger.info("Activity waits for the database", metadata: ["error": .cause(error)])
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }
}
