import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A child process that nobody supervises: what a killed service leaves behind.
struct SpawnedProcess {
    struct Failed: Error {}

    let pid: Int32

    init(_ command: [String]) throws {
        var arguments = command.map { strdup($0) } + [nil]
        let inherited = ProcessInfo.processInfo.environment
        var environment = ["PATH", "HOME"].map { strdup("\($0)=\(inherited[$0] ?? "/")") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for descriptor: Int32 in [1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        // Threads of the test process may block signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: Int32 = 0
        guard posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &environment) == 0 else {
            throw Failed()
        }
        self.pid = pid
    }

    /// Also when the test failed half-way: nothing stays.
    func end() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }
}

/// Fields 3 and on of `/proc/PID/stat`: state, parent, ….
func stat(_ pid: Int32) -> [Substring]? {
    try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ")").last?.split(separator: " ")
}

/// A zombie, which nobody may have reaped yet, is dead.
func isAlive(_ pid: Int32) -> Bool { stat(pid).map { $0[0] != "Z" } ?? false }

func parent(of pid: Int32) -> Int32? { stat(pid).flatMap { Int32($0[1]) } }

/// The processes whose command line holds `text`.
func processes(with text: String) -> [Int32] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init).filter { pid in
        isAlive(pid) && (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8))?.contains(text) == true
    }
}
