import JSON

extension Loader {
    static func load(_ document: SourceDocument, catalog: FunctionCatalog, limits: DefinitionLimits) -> (
        definition: Definition?, diagnostics: [Diagnostic]
    ) {
        var loader = Loader(document, catalog: catalog, limits: limits)
        let definition = loader.workflow(Cursor(document))
        // Reusable components are read where they are used, so the order found is not the order of the text.
        let order = loader.diagnostics.enumerated().sorted { one, other in
            let (left, right) = (one.element, other.element)
            return (left.line ?? 0, left.column ?? 0, one.offset) < (right.line ?? 0, right.column ?? 0, other.offset)
        }
        return (loader.hasErrors ? nil : definition, order.map(\.element))
    }

    private mutating func workflow(_ root: Cursor) -> Definition? {
        guard
            let fields = fields(
                root, of: "a workflow", known: ["document", "input", "use", "do", "output", "timeout", "evaluate"],
                unsupported: ["schedule"])
        else { return nil }
        let document = required("document", in: fields, of: "a workflow").flatMap { header($0) }
        evaluation(fields["evaluate"])
        components(fields["use"])
        calls = NameList()  // a function that nobody calls does not count
        let scope = Scope()
        let input = inputClause(fields["input"], scope)
        let output = outputClause(fields["output"], scope)
        let timeout = self.timeout(fields["timeout"], scope)
        let tasks = required("do", in: fields, of: "a workflow").flatMap { taskList($0, scope) }
        guard let document, let tasks else { return nil }
        return Definition(
            document: document, input: input, output: output, timeout: timeout, tasks: tasks, source: root.value,
            enhancementPoints: enhancementPoints, referencedFunctions: calls.names,
            secrets: components.secrets)
    }

    private mutating func header(_ cursor: Cursor) -> Document? {
        let what = "'document'"
        guard
            let fields = fields(
                cursor, of: what,
                known: ["dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata"])
        else { return nil }
        let dsl = string(required("dsl", in: fields, of: what))
        if let dsl, let place = fields["dsl"] {
            if !isSemanticVersion(dsl) {
                error(.invalid, "'dsl' must be a semantic version such as '1.0.3', found '\(abridged(dsl))'", at: place)
            } else if !dsl.hasPrefix("1.0.") {
                error(
                    .unsupported, "not supported: DSL \(abridged(dsl)); this service runs DSL 1.0 ('1.0.3')", at: place)
            }
        }
        let namespace = hostname(required("namespace", in: fields, of: what))
        let name = hostname(required("name", in: fields, of: what))
        let version = string(required("version", in: fields, of: what))
        if let version, let place = fields["version"], !isSemanticVersion(version) {
            error(
                .invalid, "'version' must be a semantic version such as '1.0.0', found '\(abridged(version))'",
                at: place)
        }
        let title = string(fields["title"])
        let summary = string(fields["summary"])
        let tags = object(fields["tags"])
        let metadata = object(fields["metadata"])
        guard let dsl, let namespace, let name, let version else { return nil }
        return Document(
            dsl: dsl, namespace: namespace, name: name, version: version, title: title, summary: summary,
            tags: tags ?? JSONObject(), metadata: metadata ?? JSONObject())
    }

    private mutating func evaluation(_ cursor: Cursor?) {
        guard let cursor, let fields = fields(cursor, of: "'evaluate'", known: ["language", "mode"]) else { return }
        if let place = fields["language"], let language = string(place), language != "jq" {
            unsupported("expressions in '\(abridged(language))'; write them in jq", at: place)
        }
        if let place = fields["mode"], let mode = string(place), mode != "strict" {
            if mode == "loose" {
                unsupported("loose evaluation; write expressions as ${ … }", at: place)
            } else {
                error(.invalid, "'mode' must be strict or loose, found '\(abridged(mode))'", at: place)
            }
        }
    }

    /// Letters, digits and inner hyphens, at most 63, as the specification wants names and namespaces.
    private mutating func hostname(_ cursor: Cursor?) -> String? {
        guard let cursor, let text = string(cursor) else { return nil }
        let bytes = Array(text.utf8)
        let isAlphanumeric = { (byte: UInt8) in
            (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
        }
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(bytes.count), bytes.allSatisfy({ isAlphanumeric($0) || $0 == hyphen }),
            bytes.first != hyphen, bytes.last != hyphen
        else {
            error(
                .invalid,
                "\(cursor.label) must be 1 to 63 letters, digits and inner hyphens, found '\(abridged(text))'",
                at: cursor)
            return nil
        }
        return text
    }
}

/// `1.0.0`, `1.0.0-alpha.1+build.5`: semver.org 2.0.0.
func isSemanticVersion(_ text: String) -> Bool {
    func isIdentifier(_ part: Substring) -> Bool {
        !part.isEmpty
            && part.utf8.allSatisfy {
                ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || $0 == UInt8(ascii: "-")
            }
    }
    func isNumber(_ part: Substring) -> Bool { !part.isEmpty && part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
    func hasLeadingZero(_ part: Substring) -> Bool { part.utf8.count > 1 && part.utf8.first == 48 }
    guard text.utf8.count <= 64 else { return false }
    let build = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    if build.count == 2, !build[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier) {
        return false
    }
    let release = build[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    if release.count == 2 {
        let parts = release[1].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ isIdentifier($0) && !(isNumber($0) && hasLeadingZero($0)) }) else { return false }
    }
    let numbers = release[0].split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 3 && numbers.allSatisfy { isNumber($0) && !hasLeadingZero($0) }
}
