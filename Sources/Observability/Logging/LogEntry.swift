package import Foundation
package import Logging

/// One line of the log, redacted, on its way to where it is kept.
package struct LogEntry: Sendable {
    package var time: Date
    package var level: Logger.Level
    package var message: String
    /// Who works on whose behalf first, then what the line tells, by name.
    package var fields: [(name: String, value: String)]
    /// Whose line it is, where it is an execution's.
    package var execution: UUID?

    package init(
        time: Date, level: Logger.Level, message: String, fields: [(name: String, value: String)],
        execution: UUID? = nil
    ) {
        self.time = time
        self.level = level
        self.message = message
        self.fields = fields
        self.execution = execution
    }
}

extension LogEntry {
    /// Without `error`, which tells causes: addresses, statements, what is inside. What a tenant may know of an error is in
    /// `reason`. The row says whose the line is.
    var forTenant: LogEntry {
        var entry = self
        entry.fields.removeAll { ["error", "tenant", "execution"].contains($0.name) }
        return entry
    }
}

/// How lines are written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// One JSON object a line.
    case json

    /// Always one line: what would break it, or steer a terminal, is escaped.
    func line(_ entry: LogEntry) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        switch self {
        case .json: Self.writeJSON(entry, to: &line)
        case .text: Self.writeText(entry, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func writeJSON(_ entry: LogEntry, to line: inout [UInt8]) {
        line += #"{"time":""#.utf8
        line += LogTime.text(entry.time).utf8
        line += #"","level":""#.utf8
        line += entry.level.rawValue.utf8
        line += #"","message":"#.utf8
        appendJSON(entry.message, to: &line)
        for (name, value) in entry.fields {
            line.append(UInt8(ascii: ","))
            appendJSON(reserved.contains(name) ? name + "_" : name, to: &line)
            line.append(UInt8(ascii: ":"))
            appendJSON(value, to: &line)
        }
        line.append(UInt8(ascii: "}"))
    }

    private static func writeText(_ entry: LogEntry, to line: inout [UInt8]) {
        line += LogTime.text(entry.time).utf8
        line.append(UInt8(ascii: " "))
        line += entry.level.rawValue.utf8
        for _ in entry.level.rawValue.utf8.count..<9 { line.append(UInt8(ascii: " ")) }
        appendPlain(entry.message, to: &line)
        for (index, field) in entry.fields.enumerated() {
            line += (index == 0 ? "  " : " ").utf8
            appendPlain(field.name, to: &line)
            line.append(UInt8(ascii: "="))
            if field.value.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }) || field.value.isEmpty {
                appendJSON(field.value, to: &line)
            } else {
                appendPlain(field.value, to: &line)
            }
        }
    }

    private static let reserved: Set<String> = ["time", "level", "message"]

    private static func appendJSON(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): line += #"\""#.utf8
            case UInt8(ascii: "\\"): line += #"\\"#.utf8
            case UInt8(ascii: "\n"): line += #"\n"#.utf8
            case UInt8(ascii: "\t"): line += #"\t"#.utf8
            case 0..<0x20, 0x7f: appendEscape(byte, to: &line)
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func appendPlain(_ text: String, to line: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): line += #"\n"#.utf8
            case 0..<0x20, 0x7f: appendEscape(byte, to: &line)
            default: line.append(byte)
            }
        }
    }

    private static func appendEscape(_ byte: UInt8, to line: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        line += "\\u00".utf8
        line.append(digits[Int(byte >> 4)])
        line.append(digits[Int(byte & 15)])
    }
}

/// `2026-11-23T06:58:17.123456Z`, computed by hand: Foundation's formatters take many times as long as the rest of a line.
enum LogTime {
    static func text(_ date: Date) -> String {
        let microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded(.down))
        let (days, time) = divide(microseconds, by: 86_400_000_000)
        // Eras of 400 years that begin on 1 March, so that leap days come last.
        let (era, day) = divide(days + 719_468, by: 146_097)
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        var text: [UInt8] = []
        text.reserveCapacity(27)
        append(era * 400 + year + (civilMonth <= 2 ? 1 : 0), 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(civilMonth, 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(dayOfYear - (153 * month + 2) / 5 + 1, 2, to: &text)
        text.append(UInt8(ascii: "T"))
        append(time / 3_600_000_000, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(time / 60_000_000 % 60, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(time / 1_000_000 % 60, 2, to: &text)
        text.append(UInt8(ascii: "."))
        append(time % 1_000_000, 6, to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Rounds down.
    private static func divide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func append(_ number: Int64, _ width: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(max(0, number) / divisor % 10))
            divisor /= 10
        }
    }
}
