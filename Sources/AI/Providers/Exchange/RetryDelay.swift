import Foundation
import NIOHTTP1

/// How long a provider asks us to wait.
enum RetryDelay {
    /// From `retry-after-ms` or `Retry-After` (seconds or an HTTP date, RFC 9110), else from the vendors' own headers, which
    /// say when a used-up allowance is full again; at most a day.
    static func read(_ headers: HTTPHeaders, now: Date = Date()) -> Duration? {
        if let milliseconds = headers.first(name: "retry-after-ms").flatMap(Double.init) {
            return duration(milliseconds / 1000)
        }
        if let value = headers.first(name: "Retry-After") {
            if let seconds = Double(value) { return duration(seconds) }
            return httpDate(value).flatMap { duration(max(0, $0.timeIntervalSince(now))) }
        }
        let waits = allowances.compactMap { allowance -> Double? in
            guard headers.first(name: allowance.remaining) == "0", let reset = headers.first(name: allowance.reset)
            else {
                return nil
            }
            if let seconds = seconds(reset) { return seconds }
            return (try? Date.ISO8601FormatStyle().parse(reset)).map { max(0, $0.timeIntervalSince(now)) }
        }
        return waits.max().flatMap(duration)
    }

    private static let allowances: [(remaining: String, reset: String)] = [
        ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
        ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
        ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
        ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
        ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
        ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ]

    /// `6m0s`, `1.5s`, `120ms`; nil for anything else.
    static func seconds(_ text: String) -> Double? {
        var sum = 0.0
        var rest = text[...]
        guard !rest.isEmpty, rest.utf8.count <= 50 else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
            let unit = rest.dropFirst(number.count).prefix { ("a"..."z").contains($0) }
            guard let value = Double(number), let factor = units[String(unit)] else { return nil }
            sum += value * factor
            rest = rest.dropFirst(number.count + unit.count)
        }
        return sum
    }

    private static let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]

    static func duration(_ seconds: Double) -> Duration? {
        guard seconds >= 0 else { return nil }
        return .milliseconds(Int64((min(seconds, 86_400) * 1000).rounded()))
    }

    private static func httpDate(_ text: String) -> Date? {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return format.date(from: text)
    }
}
