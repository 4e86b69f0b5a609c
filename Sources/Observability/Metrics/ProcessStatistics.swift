import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What this process takes of the machine, from `/proc`; nil members where the system has none.
package struct ProcessStatistics: Sendable {
    package var cpuSeconds: Double?
    package var residentBytes: Double?
    package var virtualBytes: Double?
    package var threads: Double?
    package var openFiles: Double?
    package var maximumFiles: Double?
    /// Since 1970.
    package var startTime: Double?

    package static func current() -> ProcessStatistics {
        var statistics = ProcessStatistics()
        // The command's name in parentheses may hold anything; what follows is numbers: field 3 (the state) comes first.
        if let stat = read("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            func field(_ number: Int) -> Double? {
                let index = number - 3
                return fields.indices.contains(index) ? Double(fields[index]) : nil
            }
            let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
            let pageSize = Double(max(1, sysconf(Int32(_SC_PAGESIZE))))
            if let user = field(14), let system = field(15) { statistics.cpuSeconds = (user + system) / ticks }
            statistics.threads = field(20)
            statistics.virtualBytes = field(23)
            statistics.residentBytes = field(24).map { $0 * pageSize }
            if let started = field(22), let boot = bootTime { statistics.startTime = boot + started / ticks }
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One is the listing's own.
            statistics.openFiles = Double(max(0, files.count - 1))
        }
        var limit = rlimit()
        #if canImport(Glibc)
            let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        #else
            let isKnown = getrlimit(RLIMIT_NOFILE, &limit) == 0
        #endif
        if isKnown { statistics.maximumFiles = Double(limit.rlim_cur) }
        return statistics
    }

    /// Under the names that Prometheus' own clients use.
    package var families: [MetricFamily] {
        func family(_ name: String, _ value: Double?, _ kind: MetricFamily.Kind = .gauge) -> MetricFamily? {
            value.map { MetricFamily(name: name, kind: kind, samples: [.init(labels: [], value: .number($0))]) }
        }
        return [
            family("process_cpu_seconds_total", cpuSeconds, .counter),
            family("process_max_fds", maximumFiles),
            family("process_open_fds", openFiles),
            family("process_resident_memory_bytes", residentBytes),
            family("process_start_time_seconds", startTime),
            family("process_threads", threads),
            family("process_virtual_memory_bytes", virtualBytes),
        ].compactMap { $0 }
    }

    private static let bootTime: Double? = read("/proc/stat")?.split(separator: "\n")
        .first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }

    private static func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
