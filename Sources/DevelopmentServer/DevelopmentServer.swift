import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// A local Temporal server (`temporal server start-dev`) on 127.0.0.1 for as long as `run()` runs.
///
/// Ports are settled by the initialiser, so addresses can be handed out before the server is up. A server that dies
/// is started again, with its database and ports; running workflows go on. It never outlives this process (see
/// `Guardian`), and one that did nevertheless is stopped before another starts on the same folder.
package final class DevelopmentServer: Service {
    enum State {
        case starting
        case ready(ProcessIdentity?)
        case stopped(reason: String)
    }

    /// Host and port for Temporal clients.
    package let address: String
    /// The web interface; nil when headless.
    package let uiAddress: String?
    package let namespace: String

    let configuration: Configuration
    let executable: String
    let folder: DataFolder?
    let frontendPort: Int
    let uiPort: Int?
    let log: ServerLog
    let logger: Logger
    let state = Mutex(State.starting)

    /// Finds the program, takes the folder, stops a left-over server there, and settles the ports.
    package init(_ configuration: Configuration, logger: Logger) async throws(DevelopmentServerError) {
        self.configuration = configuration
        self.logger = logger
        executable = if let named = configuration.executable { named } else { try TemporalExecutable.find() }
        folder = if let url = configuration.folder { try DataFolder(url) } else { nil }
        let last = folder?.record
        if let orphan = last?.server, orphan.isAlive {
            logger.warning(
                "A Temporal server of a service that was killed still runs; stopping it",
                metadata: ["pid": "\(orphan.pid)"]
            )
            guard await orphan.stop(grace: configuration.grace) else {
                throw DevelopmentServerError(
                    .folderInUse, "The Temporal server with process id \(orphan.pid) cannot be stopped.")
            }
        }
        frontendPort = try Self.port(configuration.frontendPort, last: last?.frontendPort, not: nil)
        uiPort =
            configuration.headless
            ? nil : try Self.port(configuration.uiPort, last: last?.uiPort, not: frontendPort)
        address = "127.0.0.1:\(frontendPort)"
        uiAddress = uiPort.map { "http://127.0.0.1:\($0)" }
        namespace = configuration.namespace
        log = ServerLog(folder: folder?.url)
    }

    private static func port(_ wanted: Int, last: Int?, not other: Int?) throws(DevelopmentServerError) -> Int {
        if wanted != 0 {
            guard LocalPort.isFree(wanted) else {
                throw DevelopmentServerError(.portTaken, "Port \(wanted) of 127.0.0.1 is taken by another program.")
            }
            return wanted
        }
        if let last, last != other, LocalPort.isFree(last) { return last }
        for _ in 0..<100 {
            if let port = LocalPort.anyFree(), port != other { return port }
        }
        throw DevelopmentServerError(.portTaken, "No port of 127.0.0.1 is free.")
    }

    /// The server's process, while it is ready.
    package var processID: Int32? {
        state.withLock { if case .ready(let identity) = $0 { identity?.pid } else { nil } }
    }

    package var isReady: Bool {
        state.withLock { if case .ready = $0 { true } else { false } }
    }

    /// Returns once the server accepts connections. A namespace may need a moment more: that is the client's
    /// business.
    package func waitUntilReady(timeout: Duration = .seconds(30)) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            switch state.withLock({ $0 }) {
            case .ready: return
            case .stopped(let reason): throw DevelopmentServerError(.stopped, reason)
            case .starting: break
            }
            guard ContinuousClock.now < deadline else {
                throw DevelopmentServerError(
                    .notReady, "The Temporal server is not ready after \(timeout).\(lastLines)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Runs until the service shuts down or the task is cancelled; then no process is left.
    ///
    /// Throws when the server cannot be started at all: three failures before it was ever ready.
    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.supervise() }
    }

    private func supervise() async throws {
        var reason = "The Temporal server was stopped."
        defer { state.withLock { $0 = .stopped(reason: reason) } }
        var failures = 0
        var everReady = false
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let end = await runOnce()
            if Task.isCancelled { return }
            everReady = everReady || end.wasReady
            failures = end.wasReady && ContinuousClock.now - began > .seconds(30) ? 1 : failures + 1
            logger.error("The Temporal server ended: \(end.description)", metadata: ["failures": "\(failures)"])
            if !everReady, failures >= 3 {
                reason = "The Temporal server does not start: \(end.description).\(lastLines)"
                throw DevelopmentServerError(.notReady, reason)
            }
            try? await Task.sleep(for: min(.milliseconds(125 << min(failures, 6)), .seconds(5)))
        }
    }

    var lastLines: String {
        let tail = log.tail
        return tail.isEmpty ? "" : " Its last lines:\n" + tail.joined(separator: "\n")
    }
}
