import Foundation
import JSON

/// A column over objects of the API: a heading and what it shows of one.
struct Field: Sendable {
    let column: TextTable.Column
    let text: @Sendable (JSONValue) -> String

    /// - Parameter member: shown as it is.
    init(_ title: String, _ member: String) {
        column = .init(title)
        text = { ($0[member] ?? .null).plain }
    }

    init(_ column: TextTable.Column, _ text: @escaping @Sendable (JSONValue) -> String) {
        self.column = column
        self.text = text
    }

    static let id = Field("ID", "id")
    static let name = Field("NAME", "name")
    static let status = Field(.status) { $0["status"]?.string ?? "–" }

    /// In UTC, to the second.
    static func time(_ title: String, _ member: String) -> Field {
        Field(.init(title)) { shortTime($0[member]?.string) }
    }

    static func milliseconds(_ title: String, _ member: String) -> Field {
        Field(.init(title, isRight: true)) { $0[member]?.integer.map(shortDuration) ?? "–" }
    }

    static func money(_ title: String, _ member: String) -> Field {
        Field(.init(title, isRight: true)) { $0[member]?.integer.map(dollars) ?? "–" }
    }
}

func table(_ values: [JSONValue], _ fields: [Field], empty: String = "Nothing.") -> String {
    TextTable(columns: fields.map(\.column), rows: values.map { value in fields.map { $0.text(value) } })
        .rendered(empty: empty)
}

/// One object for people: its plain members beside their names, then the others in YAML.
func details(_ value: JSONValue, without hidden: Set<String> = []) -> String {
    let members = (value.object ?? [:]).filter { !hidden.contains($0.key) && !$0.value.isNull }
    let isPlain: (JSONValue) -> Bool = { value in
        switch value {
        case .object: false
        case .array(let items): items.allSatisfy { $0.object == nil && $0.array == nil }
        case .string(let text): !text.contains("\n")
        default: true
        }
    }
    let width = members.filter { isPlain($0.value) }.map(\.key.count).max() ?? 0
    var text = ""
    for (name, value) in members where isPlain(value) {
        text += name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value.plain + "\n"
    }
    for (name, value) in members where !isPlain(value) {
        text += "\n" + JSONValue.object(JSONObject([(name, value)])).yaml
    }
    return text
}

/// `2026-11-23 07:15:01`.
func shortTime(_ text: String?) -> String {
    guard let text, text.count >= 19 else { return "–" }
    return String(text.prefix(19)).replacing("T", with: " ")
}

/// `629 ms`, `4.2 s`, `3 min 5 s`, `2 h 3 min`.
func shortDuration(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1000
    return switch seconds {
    case ..<1: "\(milliseconds) ms"
    case ..<60: "\(seconds).\(milliseconds % 1000 / 100) s"
    case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
    default: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
}

/// Micro-dollars as dollars, exactly.
func dollars(_ micros: Int64) -> String {
    let digits = String(micros.magnitude)
    let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    var fraction = String(padded.suffix(6))
    while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
    return "\(micros < 0 ? "-" : "")$\(padded.dropLast(6)).\(fraction)"
}
