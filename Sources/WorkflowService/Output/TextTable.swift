import Foundation

/// Rows under headings, in columns as wide as their texts; cut to the terminal's width at the widest ones.
struct TextTable {
    struct Column {
        var title: String
        var isRight = false
        var colour: (@Sendable (String) -> Terminal.Colour?)?

        init(_ title: String, isRight: Bool = false, colour: (@Sendable (String) -> Terminal.Colour?)? = nil) {
            self.title = title
            self.isRight = isRight
            self.colour = colour
        }

        static let status = Column("STATUS") { Terminal.Colour(status: $0) }
    }

    var columns: [Column]
    var rows: [[String]] = []

    /// Without headings for no rows: then `empty` says so.
    func rendered(_ terminal: Terminal = .current, empty: String = "Nothing.") -> String {
        guard !rows.isEmpty else { return empty + "\n" }
        let cells = rows.map { $0.map(Self.line) }
        let widths = fitted(cells, to: terminal.width)
        var lines = [row(columns.map(\.title), widths) { terminal.coloured($1, .grey) }]
        for cells in cells {
            lines.append(
                row(cells, widths) { index, text in
                    terminal.coloured(text, columns[index].colour?(cells[index]))
                })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ cells: [String], _ widths: [Int], _ paint: (Int, String) -> String) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = Self.cut(cell, to: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - text.count))
            let isLast = index == cells.count - 1
            line += columns[index].isRight ? padding + paint(index, text) : paint(index, text) + (isLast ? "" : padding)
            if !isLast { line += "  " }
        }
        return line
    }

    /// Takes from the widest column until the row fits; no column becomes narrower than 8.
    private func fitted(_ cells: [[String]], to width: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            max(columns[index].title.count, cells.map { index < $0.count ? $0[index].count : 0 }.max() ?? 0)
        }
        guard let width else { return widths }
        while widths.reduce(2 * (widths.count - 1), +) > width, let widest = widths.max(), widest > 8 {
            guard let index = widths.lastIndex(of: widest) else { break }
            let excess = widths.reduce(2 * (widths.count - 1), +) - width
            let second = widths.filter { $0 < widest }.max() ?? 8
            widths[index] = max(8, min(widest - 1, max(second, widest - excess)))
        }
        return widths
    }

    static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }

    /// One line without control characters: what comes from tenants moves no cursor.
    static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
