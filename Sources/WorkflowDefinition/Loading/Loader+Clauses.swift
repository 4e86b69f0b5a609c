import JSON

/// The clauses that tasks and the workflow share: input, output, export, schema, timeout, durations.
extension Loader {
    mutating func inputClause(_ cursor: Cursor?, _ scope: Scope) -> InputClause {
        guard let cursor, let fields = fields(cursor, of: "'input'", known: ["schema", "from"]) else {
            return InputClause()
        }
        return InputClause(schema: schema(fields["schema"]), from: transformation(fields["from"], scope))
    }

    mutating func outputClause(_ cursor: Cursor?, _ scope: Scope) -> OutputClause {
        guard let cursor, let fields = fields(cursor, of: "'output'", known: ["schema", "as"]) else {
            return OutputClause()
        }
        return OutputClause(schema: schema(fields["schema"]), as: transformation(fields["as"], scope))
    }

    mutating func exportClause(_ cursor: Cursor?, _ scope: Scope) -> ExportClause? {
        guard let cursor, let fields = fields(cursor, of: "'export'", known: ["schema", "as"]) else { return nil }
        return ExportClause(schema: schema(fields["schema"]), as: transformation(fields["as"], scope))
    }

    private mutating func schema(_ cursor: Cursor?) -> JSONSchema? {
        guard let cursor else { return nil }
        let what = "'schema'"
        guard let fields = fields(cursor, of: what, known: ["format", "document"], unsupported: ["resource"]) else {
            return nil
        }
        if let place = fields["format"], let format = string(place), format != "json", !format.hasPrefix("json:") {
            unsupported("schemas in '\(abridged(format))'; write them in JSON Schema ('json')", at: place)
        }
        guard fields["resource"] == nil, let place = required("document", in: fields, of: what) else { return nil }
        do {
            return try JSONSchema(compiling: place.value)
        } catch {
            self.error(.invalid, "no valid JSON Schema: \(error.message)", at: place.descendant(error.schema))
            return nil
        }
    }

    /// `{ after: … }`, or the name of one of `use.timeouts`.
    mutating func timeout(_ cursor: Cursor?, _ scope: Scope) -> DurationTemplate? {
        guard let cursor else { return nil }
        if case .string(let name) = cursor.value {
            return reusable(name, among: components.timeouts, "timeout", at: cursor).flatMap {
                inlineTimeout($0, scope)
            }
        }
        return inlineTimeout(cursor, scope)
    }

    mutating func inlineTimeout(_ cursor: Cursor, _ scope: Scope) -> DurationTemplate? {
        guard let fields = fields(cursor, of: "a timeout", known: ["after"]) else { return nil }
        return duration(required("after", in: fields, of: "a timeout"), scope)
    }

    /// An object of units, an ISO 8601 text, or an expression that gives one of them.
    mutating func duration(_ cursor: Cursor?, _ scope: Scope) -> DurationTemplate? {
        guard let cursor else { return nil }
        let template = template(cursor, scope)
        if !template.isLiteral {
            if case .object = template {
                _ = fields(cursor, of: "a duration", known: DurationValue.units.map(\.name))
            }
            return .template(template)
        }
        do {
            return .milliseconds(try DurationValue.milliseconds(of: cursor.value))
        } catch {
            self.error(.invalid, error.message, at: cursor)
            return nil
        }
    }

    /// A duration that is known at load, in milliseconds.
    mutating func fixedDuration(_ cursor: Cursor?) -> Int64? {
        guard let cursor else { return nil }
        do {
            return try DurationValue.milliseconds(of: cursor.value)
        } catch {
            self.error(.invalid, error.message, at: cursor)
            return nil
        }
    }
}
