import JSON

/// `use`: what tasks may refer to by name, as written; it is read where it is used, with the variables in scope there.
struct Components {
    var errors: [String: Cursor] = [:]
    var retries: [String: Cursor] = [:]
    var timeouts: [String: Cursor] = [:]
    var functions: [String: Cursor] = [:]
    /// Names, in order.
    var secrets: [String] = []
    /// Read once each: nothing of a caller is in their scope.
    var readFunctions: [String: ReusableFunction] = [:]
    /// Those being read, to find one that calls itself.
    var functionsBeingRead: [String] = []
}

extension Loader {
    mutating func components(_ cursor: Cursor?) {
        guard let cursor,
            let fields = fields(
                cursor, of: "'use'", known: ["errors", "functions", "retries", "secrets", "timeouts"],
                unsupported: ["authentications", "catalogs", "extensions"])
        else { return }
        components.errors = named(fields["errors"])
        components.retries = named(fields["retries"])
        components.timeouts = named(fields["timeouts"])
        components.functions = named(fields["functions"])
        secrets(fields["secrets"])
        // What nobody uses is looked at too; the variable is the one that a catch has by default.
        let scope = Scope(variables: ["error"])
        for (_, place) in fields["timeouts"]?.members ?? [] { _ = inlineTimeout(place, Scope()) }
        for (_, place) in fields["errors"]?.members ?? [] { _ = inlineError(place, Scope()) }
        for (_, place) in fields["retries"]?.members ?? [] { _ = inlineRetry(place, scope) }
        for (name, place) in fields["functions"]?.members ?? [] { _ = reusableFunction(name, place) }
    }

    private mutating func named(_ cursor: Cursor?) -> [String: Cursor] {
        guard let cursor, object(cursor) != nil else { return [:] }
        return Dictionary(cursor.members.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private mutating func secrets(_ cursor: Cursor?) {
        guard let cursor else { return }
        guard cursor.value.array != nil else { return mismatch(cursor, "a list of names") }
        for element in cursor.elements { if let name = nonEmptyString(element) { components.secrets.append(name) } }
    }

    /// The component of a name, or an error with the nearest one.
    mutating func reusable(_ name: String, among named: [String: Cursor], _ kind: String, at cursor: Cursor) -> Cursor?
    {
        if let component = named[name] { return component }
        let names = named.keys.sorted()
        let hint =
            suggestion(for: name, among: names).map { "did you mean '\($0)'?" }
            ?? (names.isEmpty ? "'use' defines none" : "'use' defines \(listed(names.prefix(12).map { abridged($0) }))")
        error(.unknown, "unknown \(kind) '\(abridged(name))'; \(hint)", at: cursor)
        return nil
    }
}
