internal import Logging
internal import ServiceLifecycle
internal import Synchronization

/// Polls a task queue with several pollers and runs what they bring, at most `slots` at once.
///
/// A poller takes a slot before it polls, so that no task waits here while another process could run it. Poll errors are
/// waited out with growing delays.
///
/// Graceful shutdown begins no new poll and lets those under way return: a poll that is cut off, by us or by the server,
/// can lose the task that it was just given, until that times out. Polls of a busy queue return by themselves at once; after
/// `settling` the server is asked to end the rest, which then are idle; after `drain` they are cut off. Then running tasks
/// have `grace`, and are cancelled.
struct TaskPump<Work: Sendable>: Sendable {
    var pollers: Int
    var slots: Int
    var grace: Duration
    var logger: Logger
    /// nil: nothing to do came in time.
    var poll: @Sendable () async throws(TemporalError) -> Work?
    var handle: @Sendable (Work) async -> Void
    /// Asks the server to end the polls under way.
    var endPolls: @Sendable () async -> Void

    private static var settling: Duration { .milliseconds(500) }
    private static var drain: Duration { .seconds(5) }

    /// Returns after graceful shutdown or cancellation, when all tasks are over.
    func run() async {
        let permits = Permits(max(1, slots))
        let (arrivals, arrived) = AsyncStream.makeStream(of: Work.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                await pollUntilStopped(permits, arrived)
                arrived.finish()
            }
            for await work in arrivals {
                group.addTask {
                    await handle(work)
                    permits.release()
                }
            }
            await permits.waitUntilFree(atMost: grace)
            group.cancelAll()
        }
    }

    private func pollUntilStopped(_ permits: Permits, _ arrived: AsyncStream<Work>.Continuation) async {
        let stop = StopSign()
        await withTaskGroup { group in
            group.addTask {
                await withDiscardingTaskGroup { pollers in
                    for _ in 0..<max(1, min(self.pollers, slots)) {
                        pollers.addTask { await pollRepeatedly(permits, arrived, until: stop) }
                    }
                }
            }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return }
                stop.show()
                guard (try? await Task.sleep(for: Self.settling)) != nil else { return }
                await endPolls()
                try? await Task.sleep(for: Self.drain)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func pollRepeatedly(
        _ permits: Permits, _ arrived: AsyncStream<Work>.Continuation, until stop: StopSign
    ) async {
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10))
        var isFailing = false
        while (try? await permits.acquire()) != nil {
            if stop.isShown { return permits.release() }
            let begin = ContinuousClock.now
            do {
                let work = try await poll()
                if let work { arrived.yield(work) } else { permits.release() }
                if isFailing { logger.info("polling again") }
                isFailing = false
                // An empty answer comes after about a minute; at once it would be a spin.
                if work == nil, ContinuousClock.now - begin < .seconds(1) {
                    try? await Task.sleep(for: backoff.next())
                } else {
                    backoff.reset()
                }
            } catch {
                permits.release()
                if Task.isCancelled { return }
                if error.code == .deadlineExceeded, ContinuousClock.now - begin >= .seconds(1) { continue }
                if !isFailing { logger.warning("polling failed, trying again", metadata: ["error": "\(error)"]) }
                isFailing = true
                try? await Task.sleep(for: backoff.next())
            }
        }
    }
}

/// No new poll is begun once it is shown.
private final class StopSign: Sendable {
    private let state = Atomic(false)

    var isShown: Bool { state.load(ordering: .relaxed) }
    func show() { state.store(true, ordering: .relaxed) }
}
