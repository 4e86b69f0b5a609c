import Foundation
import JSON
import Metrics
import Observability
import TestSupport
import Testing

@Suite struct PrometheusTextTests {
    /// Every kind, hostile label values, and everything that the service itself records.
    private static func registry() -> MetricsRegistry {
        let registry = MetricsRegistry()
        for value in ["plain", #"quote " back \ slash"#, "line\nbreak", "tab\tå漢🦊", "", #"\n"#] {
            Counter(label: "texts", dimensions: [("value", value)], factory: registry).increment(by: 3)
        }
        for number in [0, -1.5, 1e-7, 1e300, .infinity, .nan] {
            Gauge(label: "numbers", dimensions: [("value", "\(number)")], factory: registry).record(number)
        }
        for nanoseconds: Int64 in [1, 1_000_000, 70_000_000_000] {
            Timer(label: "took", dimensions: [("route", "/a/{id}")], factory: registry)
                .recordNanoseconds(nanoseconds)
        }
        Recorder(label: "size_bytes", factory: registry).record(70_000)
        let metrics = ServiceMetrics(factory: registry)
        metrics.executionStarted(template: "document-processing")
        metrics.executionClosed(
            template: "document-processing", tenant: UUID(), status: "completed", duration: .seconds(3),
            queueWait: .milliseconds(20))
        metrics.activityAttempt("ai_summarize_activity", outcome: "timeout", took: .seconds(1))
        metrics.aiCall(
            .init(
                tenant: UUID(), activity: "ai_summarize_activity", provider: "openai", model: "m",
                operation: "summarize",
                outcome: "ok", duration: .seconds(1), inputTokens: 10, outputTokens: 5, microdollars: 1_234,
                isFailover: true))
        metrics.aiFallback(reason: "not_requested")
        metrics.httpRequest(method: "GET", route: "/workflows/executions/{id}", status: 503, took: .seconds(1))
        metrics.httpRequests(active: 1)
        return registry
    }

    /// The official parser reads each format, and gives back each name, label and value.
    @Test(arguments: [("openmetrics", PrometheusText.openMetrics), ("parser", .prometheus)])
    func officialParserReadsWhatIsWritten(_ module: String, _ format: PrometheusText) throws {
        let python = Package.root.appending(path: ".venv/bin/python")
        let script = """
            import json, sys
            from prometheus_client\(module == "openmetrics" ? ".openmetrics" : "").parser import text_string_to_metric_families
            result = []
            for family in text_string_to_metric_families(sys.stdin.buffer.read().decode()):
                for sample in family.samples:
                    result.append([family.type, sample.name, sample.labels, repr(float(sample.value))])
            json.dump(result, sys.stdout)
            """
        let families = Self.registry().snapshot + ProcessStatistics.current().families
        let text = format.text(families.sorted { $0.name < $1.name })
        let output = try run(python, ["-c", script], input: Data(text.utf8))
        let samples = try #require(try JSONValue(parsing: String(decoding: output, as: UTF8.self)).array)
        func value(_ name: String, _ labels: [String: String] = [:]) -> String? {
            let wanted = JSONValue.object(
                JSONObject(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            return samples.first { $0[1]?.string == name && $0[2] == wanted }?[3]?.string
        }
        for text in ["plain", #"quote " back \ slash"#, "line\nbreak", "tab\tå漢🦊", "", #"\n"#] {
            #expect(value("texts_total", ["value": text]) == "3.0", "\(text.debugDescription)")
        }
        #expect(value("numbers", ["value": "1e-07"]) == "1e-07")
        #expect(value("numbers", ["value": "1e+300"]) == "1e+300")
        #expect(value("numbers", ["value": "nan"]) == "nan")
        #expect(value("numbers", ["value": "inf"]) == "inf")
        #expect(value("took_seconds_bucket", ["le": "0.001", "route": "/a/{id}"]) == "2.0")
        #expect(value("took_seconds_bucket", ["le": "+Inf", "route": "/a/{id}"]) == "3.0")
        #expect(value("took_seconds_count", ["route": "/a/{id}"]) == "3.0")
        #expect(value("workflow_ai_model_cost_dollars_total", ["model": "m", "provider": "openai"]) == "0.001234")
        #expect(value("process_threads") != nil)
        let kinds = Set(samples.compactMap { $0[0]?.string })
        #expect(kinds == ["counter", "gauge", "histogram"])
    }

    @Test func acceptHeaderChoosesTheFormat() {
        #expect(PrometheusText(accept: nil) == .prometheus)
        #expect(PrometheusText(accept: "text/plain") == .prometheus)
        #expect(
            PrometheusText(accept: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
                == .openMetrics)
    }

    private func run(_ program: URL, _ arguments: [String], input: Data) throws -> Data {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let (toIt, fromIt) = (Pipe(), Pipe())
        process.standardInput = toIt
        process.standardOutput = fromIt
        try process.run()
        DispatchQueue.global().async {
            try? toIt.fileHandleForWriting.write(contentsOf: input)
            try? toIt.fileHandleForWriting.close()
        }
        let output = fromIt.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return output
    }
}

private enum Package {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}
