/// Metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
package enum PrometheusText: Sendable {
    case prometheus, openMetrics

    /// What an `Accept` header asks for.
    package init(accept: String?) {
        self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
    }

    package var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// - Parameter families: sorted, each name once.
    package func text(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty { write(family, to: &text) }
        if self == .openMetrics { text += "# EOF\n" }
        return text
    }

    private func write(_ family: MetricFamily, to text: inout String) {
        // OpenMetrics names a counter without the suffix of its sample.
        let title =
            self == .openMetrics && family.kind == .counter && family.name.hasSuffix("_total")
            ? String(family.name.dropLast("_total".count)) : family.name
        if let help = MetricDescription.help(of: family.name) { text += "# HELP \(title) \(Self.escaped(help))\n" }
        text += "# TYPE \(title) \(family.kind.rawValue)\n"
        for sample in family.samples {
            switch sample.value {
            case .number(let value):
                text += family.name + Self.block(sample.labels) + " " + Self.number(value) + "\n"
            case .histogram(let bounds, let counts):
                var cumulative: UInt64 = 0
                for (index, count) in counts.buckets.enumerated() {
                    cumulative += count
                    let bound = index < bounds.count ? bounds[index].description : "+Inf"
                    text += "\(family.name)_bucket\(Self.block(sample.labels, bound: bound)) \(cumulative)\n"
                }
                text += "\(family.name)_sum\(Self.block(sample.labels)) \(Self.number(counts.sum))\n"
                text += "\(family.name)_count\(Self.block(sample.labels)) \(cumulative)\n"
            }
        }
    }

    private static func block(_ labels: [MetricLabel], bound: String? = nil) -> String {
        var parts = labels.map { #"\#($0.name)="\#(escaped($0.value, quotes: true))""# }
        if let bound { parts.append(#"le="\#(bound)""#) }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
        return value.description
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where quotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
