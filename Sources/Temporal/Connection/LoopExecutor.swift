internal import NIOCore

/// Runs a call's tasks on the event loop of its connection: what gRPC does for a call goes to and fro between the two a dozen
/// times, and each time would wake another thread.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
