package import CoreMetrics
import Synchronization

/// Keeps every metric of the process: swift-metrics makes its counters, gauges and timers here, and whoever asks gets all of
/// them at once.
///
/// Asking twice for the same name and labels gives the same series. Names are written as Prometheus wants them: counters
/// end with `_total`, timers with `_seconds`. A metric has at most `maximumSeries` series; what comes after shares one whose
/// labels say `other`, so that no input can fill the memory.
package final class MetricsRegistry: MetricsFactory {
    package static let maximumSeries = 1_000
    /// Of a label's value, in bytes; the rest is cut.
    private static let maximumValue = 200
    /// What the labels say of series past the maximum.
    package static let overflow = "other"

    private enum Series: Sendable {
        case counter(CounterSeries)
        case fraction(FractionCounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private struct Family: Sendable {
        let kind: MetricFamily.Kind
        var series: [[MetricLabel]: Series] = [:]
    }

    private let maximumSeries: Int
    private let families = Mutex<[String: Family]>([:])

    package init(maximumSeries: Int = MetricsRegistry.maximumSeries) { self.maximumSeries = maximumSeries }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let series = series(Self.name(label, suffix: "_total"), .counter, dimensions) { .counter(CounterSeries()) }
        if case .counter(let counter) = series { return counter }
        return NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let name = Self.name(label, suffix: "_total")
        let series = series(name, .counter, dimensions) { .fraction(FractionCounterSeries()) }
        if case .fraction(let counter) = series { return counter }
        return NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        if case .gauge(let gauge) = gauge(label, dimensions) { return gauge }
        return NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        switch aggregate ? histogram(Self.name(label), dimensions) : gauge(label, dimensions) {
        case .gauge(let gauge): return gauge
        case .histogram(let histogram): return histogram
        default: return NOOPMetricsHandler.instance
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let series = histogram(Self.name(label, suffix: "_seconds"), dimensions)
        if case .histogram(let histogram) = series { return histogram }
        return NOOPMetricsHandler.instance
    }

    // Series stay: a metric that vanishes between two scrapes loses what it counted.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Sorted by name, then labels.
    package var snapshot: [MetricFamily] {
        families.withLock { $0 }.map { name, family in
            MetricFamily(
                name: name, kind: family.kind,
                samples: family.series.map { labels, series in
                    let value: MetricFamily.Value =
                        switch series {
                        case .counter(let counter): .number(Double(counter.value))
                        case .fraction(let counter): .number(counter.value)
                        case .gauge(let gauge): .number(gauge.value)
                        case .histogram(let histogram): .histogram(histogram.bounds, histogram.value)
                        }
                    return MetricFamily.Sample(labels: labels, value: value)
                }.sorted { $0.labels.lexicographicallyPrecedes($1.labels) })
        }.sorted { $0.name < $1.name }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> Series? {
        series(Self.name(label), .gauge, dimensions) { .gauge(GaugeSeries()) }
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> Series? {
        series(name, .histogram, dimensions) { .histogram(HistogramSeries(bounds: MetricDescription.bounds(of: name))) }
    }

    /// nil where the name belongs to a metric of another kind.
    private func series(
        _ name: String, _ kind: MetricFamily.Kind, _ dimensions: [(String, String)], _ make: () -> Series
    ) -> Series? {
        var labels = dimensions.map { MetricLabel(Self.labelName($0.0), Self.bounded($0.1)) }.sorted()
        return families.withLock { families in
            if families[name] == nil { families[name] = Family(kind: kind) }
            guard families[name]?.kind == kind else { return nil }
            if let known = families[name]?.series[labels] { return known }
            if families[name]?.series.count ?? 0 >= maximumSeries {
                labels = labels.map { MetricLabel($0.name, Self.overflow) }
                if let known = families[name]?.series[labels] { return known }
            }
            let made = make()
            families[name]?.series[labels] = made
            return made
        }
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, everything else as `_`.
    private static func name(_ label: String, suffix: String = "") -> String {
        let name = identifier(label, andAlso: UInt8(ascii: ":"))
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// As a metric's name without colons; those that the format itself uses get a `_` more.
    private static func labelName(_ name: String) -> String {
        let name = identifier(name)
        return ["le", "quantile"].contains(name) || name.hasPrefix("__") ? "label_\(name)" : name
    }

    private static func identifier(_ text: String, andAlso other: UInt8? = nil) -> String {
        let bytes = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                byte
            default: byte == other ? byte : UInt8(ascii: "_")
            }
        }
        let isBad = bytes.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
        return (isBad ? "_" : "") + String(decoding: bytes, as: UTF8.self)
    }

    private static func bounded(_ value: String) -> String {
        value.utf8.count <= maximumValue ? value : String(decoding: value.utf8.prefix(maximumValue), as: UTF8.self)
    }
}

/// A metric with all its series, at one moment.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package enum Value: Sendable {
        case number(Double)
        /// Upper bounds and the observations by bound.
        indirect case histogram([Double], HistogramCounts)

        static func histogram(_ bounds: [Double], _ counts: HistogramSeries.Counts) -> Value {
            .histogram(bounds, HistogramCounts(buckets: counts.buckets, sum: counts.sum))
        }
    }

    package struct HistogramCounts: Sendable {
        package let buckets: [UInt64]
        package let sum: Double
    }

    package struct Sample: Sendable {
        package let labels: [MetricLabel]
        package let value: Value

        package init(labels: [MetricLabel], value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    package let name: String
    package let kind: Kind
    package let samples: [Sample]

    package init(name: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.samples = samples
    }

    /// Of a counter or gauge; nil where there is no such series.
    package func number(_ labels: [String: String] = [:]) -> Double? {
        let sample = samples.first { Dictionary($0.labels.map { ($0.name, $0.value) }) { a, _ in a } == labels }
        guard case .number(let value) = sample?.value else { return nil }
        return value
    }
}
