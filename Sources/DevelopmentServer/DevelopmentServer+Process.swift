import Foundation
import Logging
import Subprocess
import Synchronization

extension DevelopmentServer {
    struct End {
        var wasReady: Bool
        var description: String
    }

    /// One life of the server's process. On cancellation it is stopped politely, then hard; none is left on return.
    func runOnce() async -> End {
        guard LocalPort.isFree(frontendPort) else {
            return End(wasReady: false, description: "port \(frontendPort) is taken by another program")
        }
        let life = Life()
        let (stopSignal, stop) = AsyncStream.makeStream(of: Never.self)
        // A task of its own: cancelling `run` would kill the guardian before the server has closed its database.
        let process = Task { try await self.launch(life, stopSignal: stopSignal) }
        let outcome = await withTaskCancellationHandler {
            await process.result
        } onCancel: {
            stop.finish()
        }
        state.withLock { $0 = .starting }
        if let left = life.server, left.isAlive {
            // The guardian was killed.
            _ = await left.stop(grace: configuration.grace)
        }
        try? folder?.write(.init(frontendPort: frontendPort, uiPort: uiPort, server: nil))
        let description =
            switch outcome {
            case .success(let status): "\(status)"
            case .failure(let error): "\(error)"
            }
        return End(wasReady: life.wasReady, description: description)
    }

    private func launch(_ life: Life, stopSignal: AsyncStream<Never>) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.createSession = true
        let arguments = configuration.arguments(frontendPort: frontendPort, uiPort: uiPort)
        let result = try await Subprocess.run(
            .name(Guardian.shell),
            arguments: Arguments(Guardian.arguments(executable: executable, arguments)),
            platformOptions: options,
            input: .inputWriter,
            output: .sequence,
            error: .combinedWithOutput
        ) { execution in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for await _ in stopSignal {}
                    guard !Task.isCancelled else { return }
                    try await execution.standardInputWriter.finish()
                    try await Task.sleep(for: self.configuration.grace)
                    try execution.send(signal: .kill, toProcessGroup: true)
                }
                group.addTask { await self.watchReadiness(life) }
                var splitter = LineSplitter()
                for try await chunk in execution.standardOutput {
                    for line in splitter.lines(in: chunk.withUnsafeBytes { Array($0) }) { self.received(line, life) }
                }
                group.cancelAll()
            }
        }
        return result.terminationStatus
    }

    private func received(_ line: String, _ life: Life) {
        guard life.isFirstLine() else { return log.append(line) }
        guard let pid = Int32(line), let identity = ProcessIdentity(pid: pid) else { return }
        life.setServer(identity)
        do {
            try folder?.write(.init(frontendPort: frontendPort, uiPort: uiPort, server: identity))
        } catch {
            logger.error("\(error)")
        }
    }

    private func watchReadiness(_ life: Life) async {
        while !Task.isCancelled {
            if LocalPort.accepts(frontendPort) {
                life.setReady()
                state.withLock { $0 = .ready(life.server) }
                logger.info(
                    "The Temporal server is ready", metadata: ["address": "\(address)", "ui": "\(uiAddress ?? "none")"]
                )
                return
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What is known of one process.
    private final class Life: Sendable {
        private struct State {
            var seenFirstLine = false
            var server: ProcessIdentity?
            var wasReady = false
        }

        private let state = Mutex(State())

        var server: ProcessIdentity? { state.withLock(\.server) }
        var wasReady: Bool { state.withLock(\.wasReady) }
        func setServer(_ identity: ProcessIdentity) { state.withLock { $0.server = identity } }
        func setReady() { state.withLock { $0.wasReady = true } }
        func isFirstLine() -> Bool {
            state.withLock { state in
                defer { state.seenFirstLine = true }
                return !state.seenFirstLine
            }
        }
    }
}
