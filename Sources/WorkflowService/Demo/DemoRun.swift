import Foundation
import JSON

/// One execution of the demonstration: sent, watched, judged, told.
struct DemoRun: Sendable {
    let document: DemoDocument
    let variant: DemoVariant
    let client: APIClient

    /// Uploads and executes; says on standard error how far it is.
    func execute() async throws -> JSONValue {
        let uploaded = try await client.upload(document.data, mediaType: document.mediaType, filename: document.name)
        var execution = try await client.post(
            "/workflows/execute",
            [
                "template": "document-processing", "ai_enhanced": .bool(variant != .plain),
                "input": ["document": ["id": uploaded["id"] ?? .null]],
            ]
        )
        let path = "/workflows/executions/\(execution["id"]?.string ?? "")"
        var told = ""
        let end = ContinuousClock.now + .seconds(180)
        while ["pending", "running"].contains(execution["status"]?.string), ContinuousClock.now < end {
            let progress = Self.progress(execution)
            if progress != told, !progress.isEmpty { note("  \(document.name), \(variant.title): \(progress)") }
            told = progress
            try await Task.sleep(for: .milliseconds(200))
            execution = try await client.get(path)
        }
        return execution
    }

    /// The steps that run now: `extract …`.
    private static func progress(_ execution: JSONValue) -> String {
        let running = execution["steps"]?.array?.filter { $0["status"] == "running" && $0["kind"] == "call" } ?? []
        return running.compactMap { $0["name"]?.string }.map { "\($0) …" }.joined(separator: " ")
    }

    func problems(of execution: JSONValue) -> [String] {
        var problems: [String] = []
        let what = "\(document.name), \(variant.title)"
        func expect(_ isRight: Bool, _ problem: String) {
            if !isRight { problems.append("\(what): \(problem)") }
        }
        let result = execution["output"]?["result"]
        expect(execution["status"] == "completed", "the status is \(execution["status"]?.string ?? "missing")")
        expect((result?["characters"]?.integer ?? 0) > 0, "no text was found")
        expect(result?["processed_document"]?["id"]?.string != nil, "the processed document was not stored")
        let reasons = Set(execution["fallbacks"]?.array?.compactMap { $0["reason"]?.string } ?? [])
        switch variant {
        case .plain:
            expect(reasons == ["not_requested"], "the enhancements were not left out: \(reasons.sorted())")
            expect(execution["fallback_used"] == false, "a fallback is told although nothing was asked for")
        case .basic:
            expect(reasons == ["not_entitled"], "the enhancement points answer \(reasons.sorted())")
            expect(execution["fallback_used"] == true, "no fallback is told")
        case .enhanced:
            expect(reasons.isEmpty, "fallbacks were taken: \(reasons.sorted())")
            expect(result?["summary"]?.string?.isEmpty == false, "there is no summary")
            expect(result?["entities"]?.array != nil, "there are no entities")
            expect(result?["classification"]?["category"]?.string != nil, "there is no classification")
            if let category = document.category {
                expect(
                    result?["classification"]?["category"]?.string == category, "it was not classified as \(category)")
                expect(result?["entities"]?.array?.isEmpty == false, "no entity was found")
            }
        }
        return problems
    }

    func report(on execution: JSONValue) -> String {
        let result = execution["output"]?["result"] ?? .null
        var rows: [(String, String)] = []
        rows.append(
            ("text", "\(result["characters"]?.integer ?? 0) characters, \(result["words"]?.integer ?? 0) words"))
        rows.append(("summary", Self.shortened(result["summary"]?.string ?? "–", to: 220)))
        rows.append(("entities", Self.entities(result["entities"]?.array ?? [])))
        rows.append(("category", Self.classification(result["classification"] ?? .null)))
        let status = execution["status"]?.string ?? "unknown"
        rows.append(("status", execution["error_message"]?.string.map { "\(status): \($0)" } ?? status))
        let cost = Double(execution["ai_cost_microdollars"]?.integer ?? 0) / 1_000_000
        rows.append(("took", "\(execution["duration_ms"]?.integer ?? 0) ms, cost $\(String(format: "%.6f", cost))"))
        rows += Self.fallbacks(execution["fallbacks"]?.array ?? []).map { ("fallback", $0) }
        if let url = execution["temporal_url"]?.string { rows.append(("history", url)) }
        let title = "\(document.name) (\(document.data.count) bytes), \(variant.title)"
        return ([title] + rows.map { "  \($0.0.padding(toLength: 9, withPad: " ", startingAt: 0))\($0.1)" }).joined(
            separator: "\n") + "\n"
    }

    private static func entities(_ entities: [JSONValue]) -> String {
        guard !entities.isEmpty else { return "–" }
        let shown = entities.prefix(6).map {
            "\($0["type"]?.string ?? "") \(shortened($0["text"]?.string ?? "", to: 40))"
        }
        return "\(entities.count): \(shown.joined(separator: ", "))\(entities.count > 6 ? ", …" : "")"
    }

    /// One line a reason: `not_entitled: summary, entities`.
    private static func fallbacks(_ fallbacks: [JSONValue]) -> [String] {
        let reasons = fallbacks.map { fallback in
            (fallback["reason"]?.string ?? "") + (fallback["detail"]?.string.map { " (\($0))" } ?? "")
        }
        let distinct = reasons.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return distinct.map { reason in
            let points = zip(fallbacks, reasons).filter { $0.1 == reason }.compactMap { $0.0["enhancement"]?.string }
            return "\(reason): \(points.joined(separator: ", "))"
        }
    }

    private static func classification(_ value: JSONValue) -> String {
        guard let category = value["category"]?.string else { return "–" }
        return category + (value["confidence"]?.double.map { " (confidence \(String(format: "%.2f", $0)))" } ?? "")
    }

    private static func shortened(_ text: String, to count: Int) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= count ? line : line.prefix(count) + "…"
    }
}
