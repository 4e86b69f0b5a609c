internal import Foundation

/// How busy the machine is; zeros where it has no `/proc`.
struct HostLoad: Sendable {
    private var last: (busy: Double, total: Double)?

    /// Of all processors since the last measure (the first time: since the machine started) and of the memory, from 0 to 1.
    mutating func measure() -> (processor: Float, memory: Float) { (processor(), memory()) }

    private mutating func processor() -> Float {
        // "cpu user nice system idle iowait irq softirq steal …", in ticks.
        guard
            let line = Self.read("/proc/stat").split(separator: "\n").first,
            case let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap({ Double($0) }),
            ticks.count == 8
        else { return 0 }
        let total = ticks.reduce(0, +)
        let busy = total - ticks[3] - ticks[4]
        defer { last = (busy, total) }
        return Self.share(busy - (last?.busy ?? 0), of: total - (last?.total ?? 0))
    }

    private func memory() -> Float {
        var kilobytes: [Substring: Double] = [:]
        for line in Self.read("/proc/meminfo").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1 { kilobytes[words[0]] = Double(words[1]) }
        }
        guard let total = kilobytes["MemTotal:"], let available = kilobytes["MemAvailable:"] else { return 0 }
        return Self.share(total - available, of: total)
    }

    private static func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    private static func share(_ part: Double, of whole: Double) -> Float {
        whole > 0 ? Float(min(1, max(0, part / whole))) : 0
    }
}
