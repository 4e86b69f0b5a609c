package import Logging
internal import ServiceLifecycle

/// Polls task queues with several pollers and runs what they bring, at most as many at once as there are slots.
///
/// A poller takes a slot before it polls, so that no task waits here while another process could run it. Poll errors are
/// waited out with growing delays.
///
/// Graceful shutdown begins no new poll and lets those under way return: a poll that is cut off, by us or by the server,
/// can lose the task that it was just given, until that times out. Polls of a busy queue return by themselves at once; after
/// `settling` the server is asked to end the rest, which then are idle; after `drain` they are cut off. Then running tasks
/// have `grace`, and are cancelled.
package struct TaskPump<Work: Sendable>: Sendable {
    /// One queue. The first of several shares its slots under the protection that `Slots` gives.
    package struct Source: Sendable {
        package var pollers: Int
        /// Slows the pollers down.
        package var pacer: Pacer?
        package var metrics: PollerMetrics
        /// nil: nothing to do came in time.
        package var poll: @Sendable () async throws(TemporalError) -> Work?

        package init(
            pollers: Int, pacer: Pacer? = nil, metrics: PollerMetrics,
            poll: @escaping @Sendable () async throws(TemporalError) -> Work?
        ) {
            self.pollers = pollers
            self.pacer = pacer
            self.metrics = metrics
            self.poll = poll
        }
    }

    private let sources: [Source]
    private let slots: Slots
    private let grace: Duration
    private let logger: Logger
    private let handle: @Sendable (Work) async -> Void
    private let endPolls: @Sendable () async -> Void

    private static var settling: Duration { .milliseconds(500) }
    private static var drain: Duration { .seconds(5) }

    /// - Parameters:
    ///   - slots: at least one a source.
    ///   - endPolls: Asks the server to end the polls under way.
    package init(
        sources: [Source], slots: Slots, grace: Duration, logger: Logger,
        handle: @escaping @Sendable (Work) async -> Void, endPolls: @escaping @Sendable () async -> Void = {}
    ) {
        self.sources = sources
        self.slots = slots
        self.grace = grace
        self.logger = logger
        self.handle = handle
        self.endPolls = endPolls
    }

    /// Returns after graceful shutdown or cancellation, when all tasks are over.
    package func run() async {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Work.self)
        await withTaskGroup { group in
            group.addTask {
                await withDiscardingTaskGroup { tasks in
                    for await work in arrivals {
                        tasks.addTask {
                            await handle(work)
                            slots.release()
                        }
                    }
                }
            }
            group.addTask {
                await pollUntilStopped(arrived)
                arrived.finish()
                try? await Task.sleep(for: grace)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func pollUntilStopped(_ arrived: AsyncStream<Work>.Continuation) async {
        await withTaskGroup { group in
            group.addTask {
                await withDiscardingTaskGroup { pollers in
                    for (index, source) in sources.enumerated() {
                        for _ in 0..<max(1, min(source.pollers, slots.counts.total)) {
                            pollers.addTask { await pollRepeatedly(source, isFirst: index == 0, arrived) }
                        }
                    }
                }
            }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return }
                slots.close()
                guard (try? await Task.sleep(for: Self.settling)) != nil else { return }
                await endPolls()
                try? await Task.sleep(for: Self.drain)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func pollRepeatedly(
        _ source: Source, isFirst: Bool, _ arrived: AsyncStream<Work>.Continuation
    ) async {
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10))
        var slowBackoff = Backoff.slow
        var isFailing = false
        while (try? await slots.reserve(isFirst: isFirst)) != nil {
            do {
                try await source.pacer?.wait()
            } catch {
                return slots.giveBack(isFirst: isFirst)
            }
            if Task.isShuttingDownGracefully { return slots.giveBack(isFirst: isFirst) }
            let begin = ContinuousClock.now
            var delay: Duration?
            do {
                source.metrics.began()
                let work = try await source.poll()
                source.metrics.ended(work == nil ? .empty : .task)
                if let work {
                    slots.use(isFirst: isFirst)
                    arrived.yield(work)
                } else {
                    slots.giveBack(isFirst: isFirst)
                    source.pacer?.giveBack()
                }
                if isFailing { logger.info("polling again") }
                isFailing = false
                slowBackoff.reset()
                // An empty answer comes after about a minute; at once it would be a spin.
                if work == nil, ContinuousClock.now - begin < .seconds(1) {
                    delay = backoff.next()
                } else {
                    backoff.reset()
                }
            } catch {
                slots.giveBack(isFirst: isFirst)
                source.pacer?.giveBack()
                let isTimeout = error.code == .deadlineExceeded && ContinuousClock.now - begin >= .seconds(1)
                source.metrics.ended(isTimeout ? .empty : .failure)
                if Task.isCancelled { return }
                if isTimeout { continue }
                if !isFailing { logger.warning("polling failed, trying again", metadata: ["error": "\(error)"]) }
                isFailing = true
                delay = error.code == .resourceExhausted ? slowBackoff.next() : backoff.next()
            }
            if let delay { try? await sleepUntilStopped(for: delay) }
        }
    }
}

/// Ends early when graceful shutdown begins.
func sleepUntilStopped(for duration: Duration) async throws {
    try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
}
