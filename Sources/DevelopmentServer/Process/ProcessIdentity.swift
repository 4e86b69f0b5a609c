import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A process that cannot be mistaken for a later one with the same number: its start time and the machine's boot
/// tell.
struct ProcessIdentity: Codable, Equatable, Sendable {
    var pid: Int32
    /// Clock ticks since boot: field 22 of `/proc/PID/stat`.
    var startTime: UInt64
    var boot: String

    /// nil when there is no such process, when it is a zombie, and where there is no `/proc` (nothing is then ever
    /// stopped by its record; the guardian alone keeps servers from outliving us).
    init?(pid: Int32) {
        guard pid > 1, let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            // The second field, the program's name, may hold spaces and parentheses; it ends at the last one.
            let nameEnd = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let startTime = UInt64(fields[19]) else {
            return nil
        }
        self.pid = pid
        self.startTime = startTime
        boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
    }

    var isAlive: Bool { ProcessIdentity(pid: pid) == self }

    /// Ends the process, politely and after `grace` hard; returns whether it is gone.
    func stop(grace: Duration) async -> Bool {
        for (signal, patience) in [(SIGTERM, grace), (SIGKILL, .seconds(5))] {
            guard isAlive else { return true }
            kill(pid, signal)
            let deadline = ContinuousClock.now + patience
            while isAlive, ContinuousClock.now < deadline {
                // Not cancellable: half a stop would leave two servers on one database.
                await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
            }
        }
        return !isAlive
    }
}
