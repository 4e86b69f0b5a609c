import Dispatch
import Logging
import Storage

/// Listens on a session of its own, for as long as anybody in this process does, and connects again after each loss.
struct Listener: Sendable {
    /// The server's; ours are the first word of the payload.
    static let channel = "workflow_service"

    let configuration: PostgresConfiguration
    let logger: Logger

    /// Returns when the task is cancelled.
    func run(_ deliver: @escaping @Sendable (DatabaseNotification) -> Void) async {
        let interrupt = Interrupt()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let queue = DispatchQueue(label: "storage.postgresql.listener")
                queue.async {
                    listen(queue, interrupt, deliver)
                    continuation.resume()
                }
            }
        } onCancel: {
            interrupt.fire()
        }
    }

    private func listen(
        _ queue: DispatchQueue, _ interrupt: Interrupt, _ deliver: (DatabaseNotification) -> Void
    ) {
        var pause = Self.shortestPause
        while !interrupt.hasFired {
            do {
                let session = try Session.connected(
                    configuration, queue: queue, timeout: .seconds(5), interrupt: interrupt)
                try session.simple("LISTEN \(Self.channel)")
                // What came before is lost: anything may have changed.
                deliver(.all)
                pause = Self.shortestPause
                try receive(session, interrupt, deliver)
            } catch is CancellationError {
                return
            } catch {
                logger.debug("Listening failed", metadata: ["error": "\(String(reflecting: error))"])
                Self.sleep(pause, interrupt)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    private static let shortestPause: Duration = .milliseconds(100)

    /// Until the connection is lost or nobody listens. A silent server is asked whether it is there.
    private func receive(
        _ session: Session, _ interrupt: Interrupt, _ deliver: (DatabaseNotification) -> Void
    ) throws {
        var asked = ContinuousClock.now
        while !interrupt.hasFired {
            for payload in try session.notifications(waiting: .milliseconds(500)) {
                let parts = payload.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
                // One that a newer service knows may concern anything.
                let channel = parts.first.flatMap { NotificationChannel(rawValue: String($0)) }
                deliver(channel.map { .changed($0, payload: parts.count == 2 ? String(parts[1]) : "") } ?? .all)
            }
            if ContinuousClock.now - asked > .seconds(10) {
                try session.simple("SELECT 1", timeout: .seconds(5))
                asked = .now
            }
        }
    }

    private static func sleep(_ pause: Duration, _ interrupt: Interrupt) {
        let end = ContinuousClock.now + pause
        while ContinuousClock.now < end, !interrupt.hasFired { Pause.sleep(.milliseconds(50)) }
    }
}
