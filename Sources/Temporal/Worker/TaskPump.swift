internal import Logging
internal import ServiceLifecycle

/// Polls a task queue with several pollers and runs what they bring, at most `slots` at once.
///
/// A poller takes a slot before it polls, so that no task waits here while another process could run it. Graceful shutdown
/// ends the polls, gives running tasks `grace`, then cancels them. Poll errors are waited out with growing delays.
struct TaskPump<Work: Sendable>: Sendable {
    var pollers: Int
    var slots: Int
    var grace: Duration
    var logger: Logger
    /// nil: nothing to do came in time.
    var poll: @Sendable () async throws(TemporalError) -> Work?
    var handle: @Sendable (Work) async -> Void

    /// Returns after graceful shutdown or cancellation, when all tasks are over.
    func run() async {
        let permits = Permits(max(1, slots))
        let (arrivals, arrived) = AsyncStream.makeStream(of: Work.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                await cancelWhenGracefulShutdown { await pollUntilCancelled(permits, arrived) }
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

    private func pollUntilCancelled(_ permits: Permits, _ arrived: AsyncStream<Work>.Continuation) async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<max(1, min(pollers, slots)) {
                group.addTask { await pollRepeatedly(permits, arrived) }
            }
        }
    }

    private func pollRepeatedly(_ permits: Permits, _ arrived: AsyncStream<Work>.Continuation) async {
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10))
        var isFailing = false
        while (try? await permits.acquire()) != nil {
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
