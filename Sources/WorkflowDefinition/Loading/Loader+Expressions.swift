import JQ
import JSON

extension Loader {
    /// Where the specification wants an expression and nothing else (`if`, `when`, `while`, `in`, `from`, `as`):
    /// `${ … }`, or the bare text.
    mutating func expression(_ cursor: Cursor?, _ scope: Scope) -> Expression? {
        guard let cursor else { return nil }
        guard let text = cursor.value.string else {
            mismatch(cursor, "a runtime expression (a text)")
            return nil
        }
        guard let inner = Loader.unwrapped(text) else { return compile(text[...], within: text, at: cursor, scope) }
        return compile(inner, within: text, at: cursor, scope)
    }

    /// `from` and `as`: an expression, or an object with expressions inside.
    mutating func transformation(_ cursor: Cursor?, _ scope: Scope) -> Template? {
        guard let cursor else { return nil }
        switch cursor.value {
        case .string: return expression(cursor, scope).map { .expression($0) }
        case .object: return template(cursor, scope)
        default:
            mismatch(cursor, "a runtime expression or an object")
            return nil
        }
    }

    /// A value with `${ … }` at any depth; anything else in it stands for itself.
    mutating func template(_ cursor: Cursor, _ scope: Scope) -> Template {
        switch cursor.value {
        case .string(let text):
            guard let inner = Loader.unwrapped(text) else {
                if text.utf8.firstRange(of: "${".utf8) != nil {
                    warning(
                        "text with ${ … } inside stays as it is; make it one expression: ${ \"Hello \\(.name)\" }",
                        at: cursor)
                }
                return .literal(cursor.value)
            }
            return compile(inner, within: text, at: cursor, scope).map { .expression($0) } ?? .literal(cursor.value)
        case .array:
            let elements = cursor.elements.map { template($0, scope) }
            return elements.allSatisfy(\.isLiteral) ? .literal(cursor.value) : .array(elements)
        case .object:
            let members = cursor.members.map { (key: $0.key, value: template($0.value, scope)) }
            return members.allSatisfy(\.value.isLiteral) ? .literal(cursor.value) : .object(members)
        default: return .literal(cursor.value)
        }
    }

    /// The jq text of a value that is one expression: `${ … }` with nothing but white space around.
    static func unwrapped(_ text: String) -> Substring? {
        func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
        var bytes = text[...].utf8
        bytes = bytes.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        guard bytes.starts(with: "${".utf8), bytes.last == UInt8(ascii: "}") else { return nil }
        return Substring(bytes.dropFirst(2).dropLast())
    }

    private mutating func compile(_ inner: Substring, within text: String, at cursor: Cursor, _ scope: Scope)
        -> Expression?
    {
        guard inner.utf8.count <= limits.expressionBytes else {
            error(
                .limit, "an expression of \(inner.utf8.count) bytes; one has at most \(limits.expressionBytes)",
                at: cursor)
            return nil
        }
        expressionCount += 1
        compiledBytes += inner.utf8.count
        guard expressionCount <= limits.expressions, compiledBytes <= limits.compiledBytes else {
            error(
                .limit,
                "too many expressions; a definition has at most \(limits.expressions), reused components counted each time",
                at: cursor)
            return nil
        }
        let spaces = inner.utf8.prefix { $0 == 32 || (9...13).contains($0) }.count
        var trimmed = inner.utf8.dropFirst(spaces)
        while let last = trimmed.last, last == 32 || (9...13).contains(last) { trimmed.removeLast() }
        let jq = String(Substring(trimmed))
        guard !jq.isEmpty else {
            error(.expression, "an empty expression", at: cursor)
            return nil
        }
        do {
            let program = try JQProgram(compiling: jq, variables: Expression.standardVariables + scope.variables)
            guard jq.utf8.firstRange(of: "$secrets".utf8) != nil, program.freeVariables.contains("secrets") else {
                return Expression(text: jq, position: cursor.pointer, program: program, scope: scope.variables)
            }
            let use = try program.use(of: "secrets")
            guard isPermitted(use, at: cursor, scope) else { return nil }
            return Expression(
                text: jq, position: cursor.pointer, program: program, scope: scope.variables, secrets: use.members,
                readsInput: use.readsInput)
        } catch {
            let start = text.utf8.distance(from: text.startIndex, to: inner.startIndex) + spaces
            let mark =
                isFull ? nil : cursor.map.map { document.mark(of: start + (error.offset ?? 0), in: text, at: $0) }
            self.error(.expression, "\(error.message) in '\(abridged(jq))'", at: cursor, mark: mark)
            return nil
        }
    }
}

extension Loader {
    /// Secrets are named one by one, are declared, and stand where only our own workers see their values.
    private mutating func isPermitted(_ use: VariableUse, at cursor: Cursor, _ scope: Scope) -> Bool {
        guard scope.resolvesSecrets else {
            error(
                .unsupported,
                "not supported: $secrets outside of the arguments ('with') of an http call or a function of the catalogue, "
                    + "because its value would stand in the history", at: cursor)
            return false
        }
        guard use.isMembersOnly else {
            error(.expression, "a secret must be named: $secrets.name or $secrets[\"name\"]", at: cursor)
            return false
        }
        for name in use.members where !components.secrets.contains(name) {
            let hint =
                suggestion(for: name, among: components.secrets).map { "did you mean '\($0)'?" }
                ?? "declare it: use: { secrets: [\(abridged(name))] }"
            error(.unknown, "unknown secret '\(abridged(name))'; \(hint)", at: cursor)
            return false
        }
        return true
    }
}

extension Template {
    var isLiteral: Bool { if case .literal = self { true } else { false } }
}
