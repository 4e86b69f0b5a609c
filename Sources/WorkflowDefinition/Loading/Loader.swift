import JSON

/// Names in the order of their first appearance, each once.
struct NameList {
    private(set) var names: [String] = []
    private var known: Set<String> = []

    mutating func insert(_ name: String) {
        if known.insert(name).inserted { names.append(name) }
    }
}

/// Turns a document into a definition in one pass and collects every diagnostic on the way.
///
/// The parts of the language stand in extensions, one file each. A part that is wrong gives nil and at least one error;
/// its neighbours are still looked at. No definition comes out when there was an error, so what stands in for a wrong
/// part is never seen.
struct Loader {
    let document: SourceDocument
    let catalog: FunctionCatalog
    let limits: DefinitionLimits
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var hasErrors = false
    var components = Components()
    var enhancementPoints: [EnhancementPoint] = []
    /// What the part at hand calls.
    var calls = NameList()
    /// Tasks read, those of a reusable function again for each call of it.
    var taskCount = 0
    /// The deepest nesting of tasks so far.
    var deepest = 0
    var expressionCount = 0
    var compiledBytes = 0

    init(_ document: SourceDocument, catalog: FunctionCatalog, limits: DefinitionLimits) {
        self.document = document
        self.catalog = catalog
        self.limits = limits
    }

    // MARK: Diagnostics

    mutating func error(_ code: Diagnostic.Code, _ message: String, at cursor: Cursor, mark: SourceMap.Mark? = nil) {
        report(.error, code, message, at: cursor, mark: mark)
    }

    mutating func warning(_ message: String, at cursor: Cursor) {
        report(.warning, .suspicious, message, at: cursor, mark: nil)
    }

    mutating func unsupported(_ feature: String, at cursor: Cursor) {
        report(.error, .unsupported, "not supported: \(feature)", at: cursor, mark: cursor.map?.key)
    }

    /// A reusable component is read again where it is used; what is wrong with it is said once.
    private mutating func report(
        _ severity: Diagnostic.Severity, _ code: Diagnostic.Code, _ message: String, at cursor: Cursor,
        mark: SourceMap.Mark?
    ) {
        if severity == .error { hasErrors = true }
        guard !isFull,
            !diagnostics.contains(where: { $0.pointer == cursor.pointer && $0.message == message })
        else { return }
        let mark = mark ?? cursor.map?.value
        diagnostics.append(
            Diagnostic(
                code, message, at: cursor.pointer, severity: severity, line: mark?.line, column: mark?.column))
    }

    /// Whether another diagnostic would be dropped: no work is spent on its wording then.
    var isFull: Bool { diagnostics.count >= limits.diagnostics }

    /// The name that a typo most likely meant.
    func suggestion(for name: String, among names: [String]) -> String? {
        isFull ? nil : nearest(name, in: names)
    }

    // MARK: Values of the expected type

    /// The members of an object that are known by name.
    struct Fields {
        let cursor: Cursor
        /// Names that unknown members were probably meant to be; they are not missing.
        fileprivate let meant: [String]

        subscript(name: String) -> Cursor? { cursor[name] }
    }

    /// Reports members that no `what` has, each with the name it was probably meant to be.
    mutating func fields(_ cursor: Cursor, of what: String, known: [String], unsupported: [String] = []) -> Fields? {
        guard case .object(let object) = cursor.value else {
            mismatch(cursor, "an object")
            return nil
        }
        var meant: [String] = []
        for (key, member) in cursor.members where !known.contains(key) {
            if unsupported.contains(key) {
                self.unsupported(key, at: member)
                continue
            }
            let absent = (known + unsupported).filter { !object.contains($0) }
            if let name = suggestion(for: key, among: absent) {
                error(
                    .invalid, "unknown property '\(abridged(key))'; did you mean '\(name)'?", at: member,
                    mark: member.map?.key)
                meant.append(name)
            } else {
                error(
                    .invalid, "unknown property '\(abridged(key))'; \(what) has \(listed(known))", at: member,
                    mark: member.map?.key)
            }
        }
        return Fields(cursor: cursor, meant: meant)
    }

    /// The member, or an error where it is missing; `form` says what it may look like.
    mutating func required(_ name: String, in fields: Fields, of what: String, _ form: String? = nil) -> Cursor? {
        if let member = fields[name] { return member }
        if !fields.meant.contains(name) {
            let hint = form.map { ": \($0)" } ?? ""
            error(.invalid, "\(what) needs '\(name)'\(hint)", at: fields.cursor, mark: fields.cursor.map?.key)
        }
        return nil
    }

    mutating func string(_ cursor: Cursor?) -> String? {
        guard let cursor else { return nil }
        if let text = cursor.value.string { return text }
        mismatch(cursor, "a text")
        return nil
    }

    mutating func nonEmptyString(_ cursor: Cursor?) -> String? {
        guard let cursor, let text = string(cursor) else { return nil }
        if !text.isEmpty { return text }
        error(.invalid, "\(cursor.label) must not be empty", at: cursor)
        return nil
    }

    mutating func bool(_ cursor: Cursor?) -> Bool? {
        guard let cursor else { return nil }
        if let value = cursor.value.bool { return value }
        mismatch(cursor, "true or false")
        return nil
    }

    mutating func integer(_ cursor: Cursor?, in range: ClosedRange<Int64>) -> Int? {
        guard let cursor else { return nil }
        if let value = cursor.value.integer, range.contains(value) { return Int(value) }
        mismatch(cursor, "an integer from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    mutating func object(_ cursor: Cursor?) -> JSONObject? {
        guard let cursor else { return nil }
        if let value = cursor.value.object { return value }
        mismatch(cursor, "an object")
        return nil
    }

    mutating func mismatch(_ cursor: Cursor, _ expected: String) {
        var found = article(cursor.value.typeName)
        switch cursor.value {
        case .string(let text): found = "'\(abridged(text))'"
        case .integer, .double, .bool: found += " (\(abridged(cursor.value.serialized())))"
        default: break
        }
        let hint: String =
            switch cursor.value {
            case .integer, .double, .bool: expected.contains("text") ? "; put it in quotes" : ""
            default: ""
            }
        error(.invalid, "\(cursor.label) must be \(expected), found \(found)\(hint)", at: cursor)
    }
}
