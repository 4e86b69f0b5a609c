import Foundation
import JSON

/// An execution as people read it: its head, its steps, what came of it.
struct ExecutionView {
    let execution: JSONValue
    var terminal = Terminal.current

    var isOpen: Bool { ["pending", "running"].contains(execution["status"]?.string) }

    /// `document-processing 1.0.0  completed in 629 ms, $0.00`.
    func head(now: Date = Date()) -> String {
        let status = execution["status"]?.string ?? "unknown"
        var text = "\(execution["template"]?.string ?? "") \(execution["version"]?.string ?? "")  "
        text += terminal.coloured(status, Terminal.Colour(status: status))
        if execution["paused_at"]?.string != nil, isOpen { text += terminal.coloured(" (paused)", .yellow) }
        if let duration = milliseconds(execution, end: "completed_at", now: now) {
            text += " \(isOpen ? "for" : "in") \(shortDuration(duration))"
        }
        if let cost = execution["ai_cost_microdollars"]?.integer, cost > 0 { text += ", \(dollars(cost))" }
        return text
    }

    /// One line a step: mark, name, status, duration, attempts, reason.
    func steps(now: Date = Date()) -> [String] {
        let steps = execution["steps"]?.array ?? []
        let positions = Set(steps.compactMap { $0["position"]?.string })
        let names = steps.map { step in
            Self.indent(step["position"]?.string ?? "", positions) + TextTable.line(step["name"]?.string ?? "")
        }
        let width = min(40, names.map(\.count).max() ?? 0)
        return zip(steps, names).map { step, name in
            let status = step["status"]?.string ?? ""
            let name = TextTable.cut(name, to: width)
            var text = terminal.coloured(Self.mark(status, now), Self.colour(status)) + " "
            text += name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
            text += status.padding(toLength: 10, withPad: " ", startingAt: 0)
            let duration = milliseconds(step, end: "ended_at", now: now).map(shortDuration) ?? ""
            text += String(repeating: " ", count: max(0, 10 - duration.count)) + duration
            text += Self.remark(step)
            return terminal.width.map { fitted(text, to: $0) } ?? text
        }
    }

    func rendered() -> String {
        var text = head() + "\n" + steps().map { "  \($0)\n" }.joined()
        if let error = execution["error_message"]?.string {
            text += terminal.coloured("error: ", .red) + TextTable.line(error) + "\n"
        }
        // What nobody asked for is told beside the step; it is no news.
        for fallback in execution["fallbacks"]?.array ?? [] where fallback["reason"]?.string != "not_requested" {
            let detail = fallback["detail"]?.string.map { " (\(TextTable.line($0)))" } ?? ""
            text += "fallback: \(fallback["enhancement"]?.string ?? ""): \(fallback["reason"]?.string ?? "")\(detail)\n"
        }
        return text
    }

    /// With id, times, tags and output.
    func detailed() -> String {
        let hidden: Set = ["steps", "output", "input", "metadata", "fallbacks", "step_count", "tags"]
        var text = rendered() + "\n" + details(execution, without: hidden)
        if let tags = execution["tags"]?.array, !tags.isEmpty { text += "tags: \(JSONValue.array(tags).plain)\n" }
        for member in ["input", "output"] {
            if let value = execution[member], !value.isNull {
                text += "\n" + JSONValue.object(JSONObject([(member, value)])).yaml
            }
        }
        return text
    }

    private func milliseconds(_ part: JSONValue, end: String, now: Date) -> Int64? {
        if let known = part["duration_ms"]?.integer { return known }
        guard let start = part["started_at"]?.string.flatMap(Self.date), part["status"]?.string != "pending" else {
            return nil
        }
        let end = part[end]?.string.flatMap(Self.date) ?? now
        return max(0, Int64(end.timeIntervalSince(start) * 1000))
    }

    private static func date(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// A step inside of others stands under them, as far as they are shown.
    private static func indent(_ position: String, _ shown: Set<String>) -> String {
        var (prefix, depth) = (position[...], 0)
        while depth < 8, let slash = prefix.lastIndex(of: "/"), slash > prefix.startIndex {
            prefix = prefix[..<slash]
            if shown.contains(String(prefix)) { depth += 1 }
        }
        return String(repeating: "  ", count: depth)
    }

    /// Attempts where there was more than one, and why it did not simply complete.
    private static func remark(_ step: JSONValue) -> String {
        var remarks: [String] = []
        let attempts = max(step["attempt"]?.integer ?? 1, step["activity_attempts"]?.integer ?? 1)
        if attempts > 1 { remarks.append("\(attempts) attempts") }
        if let reason = step["enhancement"]?["reason"]?.string { remarks.append(reason) }
        if let error = step["error"] {
            remarks.append(error["detail"]?.string ?? error["title"]?.string ?? error["message"]?.string ?? "failed")
        }
        return remarks.isEmpty ? "" : "  " + TextTable.line(remarks.joined(separator: ", "))
    }

    private static func mark(_ status: String, _ now: Date) -> String {
        switch status {
        case "completed": return "✔"
        case "failed": return "✘"
        case "running":
            let frames = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
            return String(frames[Int(now.timeIntervalSince1970 * 10) % frames.count])
        case "fallback": return "↷"
        case "skipped": return "–"
        case "cancelled": return "■"
        default: return "○"
        }
    }

    private static func colour(_ status: String) -> Terminal.Colour? {
        status == "fallback" ? .yellow : status == "skipped" ? .grey : Terminal.Colour(status: status)
    }

    /// Cuts by what is seen: colours take no room.
    private func fitted(_ text: String, to width: Int) -> String {
        var (result, seen, inColour) = ("", 0, false)
        for character in text {
            if character == "\u{1B}" { inColour = true }
            if !inColour {
                seen += 1
                if seen > width - 3 { return result + "…" + (terminal.hasColours ? "\u{1B}[0m" : "") }
            }
            result.append(character)
            if inColour, character == "m" { inColour = false }
        }
        return result
    }
}
