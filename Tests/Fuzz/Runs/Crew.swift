import Foundation
import Glibc
import Synchronization

/// Worker processes on one task queue, that can be killed.
///
/// They end with this process, however it ends: each reads its standard input to the end.
final class Crew: Sendable {
    private struct State {
        var processes: [Process?]
        var random: SplitMix64
    }

    private let program: String
    private let arguments: [String]
    private let state: Mutex<State>
    private let said = Mutex("")

    /// - Parameter arguments: of `fuzz work`.
    init(program: String, workers: Int, seed: UInt64 = 0, arguments: [String]) throws {
        self.program = program
        self.arguments = ["work", "--while-input-lasts"] + arguments
        state = Mutex(State(processes: [], random: SplitMix64(seed: seed)))
        for _ in 0..<workers {
            let process = try hire()
            state.withLock { $0.processes.append(process) }
        }
    }

    var processIDs: [Int32] { state.withLock { $0.processes.compactMap { $0?.processIdentifier } } }

    /// What the workers logged, which is nothing but errors: a task that one of them could not answer, a run that it could not
    /// replay. The server tries again, so that results do not show it.
    var complaints: [String] {
        said.withLock { $0 }.split(separator: "\n").map(String.init)
    }

    private func hire() throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = Pipe()
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        errors.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.said.withLock { $0 += String(decoding: data, as: UTF8.self) }
        }
        try process.run()
        return process
    }

    /// Every now and then kills a worker in the middle of whatever it does (or, more rarely, asks it to stop), and starts another
    /// a little later.
    func dieAndReturn() async throws {
        while true {
            let (pause, index, isPolite, away) = state.withLock { state in
                (
                    Int.random(in: 500...2_500, using: &state.random),
                    Int.random(in: state.processes.indices, using: &state.random), state.random.chance(25),
                    state.random.chance(50) ? 0 : Int.random(in: 0...1_500, using: &state.random)
                )
            }
            try await Task.sleep(for: .milliseconds(pause))
            let victim = state.withLock { $0.processes[index] }
            if let victim { kill(victim.processIdentifier, isPolite ? SIGTERM : SIGKILL) }
            try await Task.sleep(for: .milliseconds(away))
            let process = try hire()
            state.withLock { $0.processes[index] = process }
        }
    }

    /// Asks all to stop, kills what is left after `grace`.
    func dismiss(grace: Duration = .seconds(3)) async {
        let processes = state.withLock { $0.processes.compactMap { $0 } }
        for process in processes where process.isRunning { kill(process.processIdentifier, SIGTERM) }
        let end = ContinuousClock.now + grace
        while processes.contains(where: \.isRunning), .now < end { try? await Task.sleep(for: .milliseconds(20)) }
        for process in processes where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}
