import Dispatch
import Foundation
import Glibc
import Synchronization

/// A file descriptor that lines go to, through a bounded buffer and a thread of its own: whoever logs never waits for a pipe
/// that nobody reads. What does not fit is dropped, counted and told.
final class LogStream: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        var isWriting = false
        /// Told once everything is written.
        var flushing: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let descriptor: Int32
    private let limit: Int
    private let notice: @Sendable (Int) -> [UInt8]

    /// - Parameters:
    ///   - limit: of the buffer, in bytes.
    ///   - notice: the line that tells how many were dropped.
    init(descriptor: Int32, limit: Int = 1 << 20, notice: @escaping @Sendable (Int) -> [UInt8]) {
        self.descriptor = descriptor
        self.limit = limit
        self.notice = notice
        // Here, not in a service: the log begins before all services and ends after them.
        let thread = Thread { [weak self, wake] in
            Self.ignoreBrokenPipes()
            while true {
                wake.wait()
                guard let self else { return }
                self.writePending()
            }
        }
        thread.name = "log"
        thread.stackSize = 256 << 10
        thread.start()
    }

    deinit { wake.signal() }

    func write(_ line: [UInt8]) {
        let isFirst = state.withLock { state in
            guard state.pending.count + line.count <= limit else {
                state.dropped += 1
                return false
            }
            defer { state.pending += line }
            return state.pending.isEmpty
        }
        if isFirst { wake.signal() }
    }

    /// Waits until everything is written, for a moment at most. For the end of the process; blocks.
    func flush(within seconds: Double = 2) {
        let written = DispatchSemaphore(value: 0)
        let isIdle = state.withLock { state in
            if state.pending.isEmpty && !state.isWriting { return true }
            state.flushing.append(written)
            return false
        }
        if !isIdle { _ = written.wait(timeout: .now() + seconds) }
    }

    private func writePending() {
        while true {
            var (bytes, dropped, written) = state.withLock { state in
                state.isWriting = !state.pending.isEmpty
                let written = state.isWriting ? [] : state.flushing
                defer {
                    (state.pending, state.dropped) = ([], 0)
                    if !state.isWriting { state.flushing = [] }
                }
                return (state.pending, state.dropped, written)
            }
            for waiter in written { waiter.signal() }
            if bytes.isEmpty { return }
            if dropped > 0 { bytes += notice(dropped) }
            send(bytes)
        }
    }

    /// What the descriptor refuses for good is lost: there is nowhere to say so.
    private func send(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    sent += count
                } else if count < 0, errno == EAGAIN {
                    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = Glibc.poll(&poll, 1, 1_000)
                } else if !(count < 0 && errno == EINTR) {
                    return
                }
            }
        }
    }

    /// A reader that goes away must not end the service.
    private static func ignoreBrokenPipes() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }
}
