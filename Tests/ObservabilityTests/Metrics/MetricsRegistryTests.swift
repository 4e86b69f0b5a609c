import CoreMetrics
import Foundation
import Metrics
import Observability
import Testing

@Suite struct MetricsRegistryTests {
    let registry = MetricsRegistry(maximumSeries: 10)

    private func family(_ name: String) -> MetricFamily? { registry.snapshot.first { $0.name == name } }

    @Test func sameNameAndLabelsAreOneSeriesInAnyOrder() {
        Counter(label: "calls", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "calls", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment(by: 2)
        Counter(label: "calls_total", dimensions: [("a", "other"), ("b", "2")], factory: registry).increment(by: 5)
        #expect(family("calls_total")?.number(["a": "1", "b": "2"]) == 3)
        #expect(family("calls_total")?.number(["a": "other", "b": "2"]) == 5)
    }

    @Test func countersNeverGoBack() {
        let counter = registry.makeCounter(label: "up", dimensions: [])
        counter.increment(by: 5)
        counter.increment(by: -3)
        counter.reset()
        let dollars = registry.makeFloatingPointCounter(label: "dollars", dimensions: [])
        for amount in [0.25, -1, .nan, .infinity] { dollars.increment(by: amount) }
        #expect(family("up_total")?.number() == 5)
        #expect(family("dollars_total")?.number() == 0.25)
    }

    @Test func gaugesKeepTheLastValueAndMetersMove() {
        Gauge(label: "depth", factory: registry).record(7)
        Gauge(label: "depth", factory: registry).record(3)
        let meter = Meter(label: "active", factory: registry)
        meter.increment(by: 2.5)
        meter.decrement(by: 1)
        #expect(family("depth")?.number() == 3)
        #expect(family("active")?.number() == 1.5)
    }

    @Test func timersAreHistogramsOfSeconds() throws {
        let timer = Timer(label: "wait", factory: registry)
        for milliseconds in [1, 2, 30, 70_000] { timer.recordMilliseconds(Int64(milliseconds)) }
        let sample = try #require(family("wait_seconds")?.samples.first)
        guard case .histogram(let bounds, let counts) = sample.value else {
            Issue.record("no histogram")
            return
        }
        #expect(abs(counts.sum - 70.033) < 1e-9)
        #expect(counts.buckets.reduce(0, +) == 4)
        // What equals a bound is within it.
        #expect(bounds.first == 0.001 && counts.buckets.first == 1)
        #expect(counts.buckets.last == 1)
    }

    @Test func seriesPastTheMaximumShareOne() {
        for number in 0..<100 {
            Counter(label: "many", dimensions: [("id", "\(number)")], factory: registry).increment()
        }
        let many = family("many_total")
        #expect(many?.samples.count == 11)
        #expect(many?.number(["id": "9"]) == 1)
        #expect(many?.number(["id": MetricsRegistry.overflow]) == 90)
    }

    @Test func anotherKindUnderTheSameNameCountsNowhere() {
        Counter(label: "thing_total", factory: registry).increment()
        Gauge(label: "thing_total", factory: registry).record(99)
        #expect(family("thing_total")?.kind == .counter)
        #expect(family("thing_total")?.number() == 1)
    }

    @Test(arguments: [
        ("a.b-c d", "a_b_c_d_total"), ("9lives", "_9lives_total"), ("ns:x", "ns:x_total"), ("é", "___total"),
    ])
    func namesAreWrittenAsPrometheusWants(_ label: String, _ name: String) {
        Counter(label: label, factory: registry).increment()
        #expect(registry.snapshot.map(\.name) == [name])
    }

    @Test func reservedLabelsAndLongValuesAreChanged() throws {
        Counter(
            label: "x", dimensions: [("le", "1"), ("__name__", "y"), ("long", String(repeating: "é", count: 5_000))],
            factory: registry
        ).increment()
        let labels = try #require(family("x_total")?.samples.first?.labels)
        #expect(labels.map(\.name) == ["label___name__", "label_le", "long"])
        #expect(labels[2].value.utf8.count <= 200)
    }

    @Test func allIncrementsCountWhoeverMakesThem() async {
        let registry = registry
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        Counter(label: "all", factory: registry).increment()
                        Timer(label: "all_times", factory: registry).recordNanoseconds(1)
                        Meter(label: "level", factory: registry).increment()
                    }
                }
            }
        }
        #expect(family("all_total")?.number() == 8_000)
        #expect(family("level")?.number() == 8_000)
    }

    @Test func processStatisticsAreRead() throws {
        let statistics = ProcessStatistics.current()
        #expect(try #require(statistics.residentBytes) > 1_000_000)
        #expect(try #require(statistics.openFiles) >= 3)
        #expect(try #require(statistics.threads) >= 1)
        #expect(try #require(statistics.cpuSeconds) >= 0)
        #expect(abs(try #require(statistics.startTime) - Date().timeIntervalSince1970) < 24 * 3600)
        #expect(statistics.families.count == 7)
    }
}
