package import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A child that the test kills, and may leave killed: nothing supervises it. Its output goes to a file.
package final class ServiceProcess: Sendable {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let pid: Int32
    private let status = Mutex<Int32?>(nil)

    /// - Parameter input: the descriptor that becomes its standard input; nothing comes from it by default.
    package init(
        _ command: [String], environment: [String: String] = ProcessInfo.processInfo.environment, input: Int32? = nil,
        output: URL
    ) throws {
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Threads of the test process may block signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: Int32 = 0
        let result = posix_spawnp(&pid, command[0], &actions, &attributes, &arguments, &variables)
        guard result == 0 else { throw Failed(description: "\(command[0]) cannot be run: \(result)") }
        self.pid = pid
    }

    /// How it ended: the exit status, or minus the signal; nil while it runs.
    package var ended: Int32? {
        status.withLock { known in
            if known != nil { return known }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
            known = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
            return known
        }
    }

    /// Does nothing to a process that has ended: its number may be another's by now.
    package func send(_ signal: Int32) {
        if ended == nil { kill(pid, signal) }
    }

    /// - Throws: when it still runs after `limit`.
    @discardableResult
    package func waitUntilEnded(atMost limit: Duration = .seconds(60)) async throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        while true {
            if let ended { return ended }
            guard ContinuousClock.now < deadline else {
                throw Failed(description: "process \(pid) runs after \(limit)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// The live processes whose command line holds `text`.
package func processes(with text: String) -> [Int32] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init).filter { pid in
        guard let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8), line.contains(text)
        else { return false }
        // A zombie, which nobody may have reaped yet, is dead.
        let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ")").last
        return stat?.split(separator: " ").first != "Z"
    }
}
