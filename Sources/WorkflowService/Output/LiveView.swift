import Foundation
import JSON

/// Shows an execution while it runs, on standard error: on a terminal it draws the steps again and again, elsewhere it writes a line for each
/// change.
final class LiveView {
    private let terminal: Terminal
    private var drawn = 0
    private var told: [String: String] = [:]

    init(_ terminal: Terminal = .error) { self.terminal = terminal }

    func show(_ execution: JSONValue) {
        if terminal.isInteractive { draw(execution) } else { tell(execution) }
    }

    private func draw(_ execution: JSONValue) {
        let view = ExecutionView(execution: execution, terminal: terminal)
        var lines = view.steps().map { "  \($0)" }
        // What has left the screen cannot be drawn over.
        let room = max(3, (terminal.height ?? 24) - 2)
        if lines.count > room {
            lines = ["  … \(lines.count - room + 1) earlier steps"] + lines.suffix(room - 1)
        }
        lines.insert(view.head(), at: 0)
        let erase = drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : ""
        note(erase + lines.joined(separator: "\n"))
        drawn = lines.count
    }

    /// Takes the drawing away, for what comes after it.
    func clear() {
        if drawn > 0 { FileHandle.standardError.write(Data("\u{1B}[\(drawn)A\u{1B}[J".utf8)) }
        drawn = 0
    }

    private func tell(_ execution: JSONValue) {
        for step in execution["steps"]?.array ?? [] {
            let name = step["name"]?.string ?? ""
            let status = step["status"]?.string ?? ""
            let number = step["number"]?.integer.map(String.init) ?? name
            guard told[number] != status else { continue }
            told[number] = status
            let duration = step["duration_ms"]?.integer.map { " in \(shortDuration($0))" } ?? ""
            note("\(TextTable.line(name)) \(status)\(duration)")
        }
        let status = execution["status"]?.string ?? ""
        if told[""] != status {
            told[""] = status
            note(ExecutionView(execution: execution, terminal: terminal).head())
        }
    }
}
