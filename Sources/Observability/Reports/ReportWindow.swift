package import Foundation
import JSON
import Storage

/// The spans of time that reports are about.
package enum ReportWindow: String, Sendable, CaseIterable {
    case hour = "1h"
    case day = "24h"
    case week = "7d"

    var seconds: TimeInterval {
        switch self {
        case .hour: 3_600
        case .day: 86_400
        case .week: 7 * 86_400
        }
    }

    /// Of a series: five minutes, an hour, six hours each.
    var spans: Int {
        switch self {
        case .hour: 12
        case .day: 24
        case .week: 28
        }
    }

    func ending(_ now: Date) -> StatisticsWindow { StatisticsWindow(last: seconds, before: now) }

    func document(_ window: StatisticsWindow) -> JSONValue {
        ["name": .string(rawValue), "from": .string(LogTime.text(window.from)), "to": .string(LogTime.text(window.to))]
    }
}

/// Whose figures a report tells.
package enum ReportAudience: Sendable, Hashable {
    /// The operator: everybody's.
    case all
    case tenant(UUID)

    var tenant: UUID? { if case .tenant(let id) = self { id } else { nil } }
}

extension Percentiles {
    var json: JSONValue {
        func number(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
        return [
            "p50": number(p50), "p90": number(p90), "p95": number(p95), "p99": number(p99), "max": number(maximum),
        ]
    }
}

extension JSONValue {
    /// Part of a whole from 0 to 1, in four digits; null where there is no whole.
    static func ratio(_ part: Int64, of whole: Int64) -> JSONValue {
        whole == 0 ? .null : .number((Double(part) / Double(whole) * 10_000).rounded() / 10_000)
    }
}
