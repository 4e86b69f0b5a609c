/// The SQL databases that the stores run on.
package enum Dialect: String, Sendable, CaseIterable {
    case sqlite
    case postgresql

    /// SQL with the database's own placeholders: `?` stays, or becomes `$1`, `$2`, …. Quoted text is left alone.
    package func numberingPlaceholders(in sql: String) -> String {
        guard self == .postgresql else { return sql }
        var result = ""
        var count = 0
        var quote: Character?
        for character in sql {
            if let open = quote {
                if character == open { quote = nil }
                result.append(character)
            } else if character == "?" {
                count += 1
                result += "$\(count)"
            } else {
                if character == "'" || character == "\"" { quote = character }
                result.append(character)
            }
        }
        return result
    }
}
