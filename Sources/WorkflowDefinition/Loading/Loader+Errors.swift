import JSON

/// Errors raised and caught, and retries.
extension Loader {
    mutating func raise(_ cursor: Cursor, _ scope: Scope) -> TaskKind? {
        guard let fields = fields(cursor, of: "'raise'", known: ["error"]),
            let place = required("error", in: fields, of: "'raise'")
        else { return nil }
        if case .string(let name) = place.value {
            return reusable(name, among: components.errors, "error", at: place).flatMap { inlineError($0, scope) }
                .map { .raise($0) }
        }
        return inlineError(place, scope).map { .raise($0) }
    }

    mutating func inlineError(_ cursor: Cursor, _ scope: Scope) -> ErrorTemplate? {
        let what = "an error"
        guard let fields = fields(cursor, of: what, known: ["type", "status", "title", "detail", "instance"]) else {
            return nil
        }
        let type = required("type", in: fields, of: what).flatMap { text($0, scope) }
        var status: Template?
        if let place = required("status", in: fields, of: what) {
            let template = template(place, scope)
            if !template.isLiteral || integer(place, in: 100...599) != nil { status = template }
        }
        let title = fields["title"].flatMap { text($0, scope) }
        let detail = fields["detail"].flatMap { text($0, scope) }
        let instance = fields["instance"].flatMap { text($0, scope) }
        guard let type, let status else { return nil }
        return ErrorTemplate(type: type, status: status, title: title, detail: detail, instance: instance)
    }

    /// A text or an expression.
    mutating func text(_ cursor: Cursor, _ scope: Scope) -> Template? {
        guard nonEmptyString(cursor) != nil else { return nil }
        return template(cursor, scope)
    }

    mutating func catchClause(_ cursor: Cursor, _ scope: Scope) -> CatchClause? {
        guard
            let fields = fields(
                cursor, of: "'catch'", known: ["errors", "as", "when", "exceptWhen", "retry", "do", "then"])
        else { return nil }
        let filter = errorFilter(fields["errors"])
        guard let variable = fields["as"].map({ variableName($0) }) ?? "error" else { return nil }
        let inner = scope.binding([variable])
        let when = expression(fields["when"], inner)
        let exceptWhen = expression(fields["exceptWhen"], inner)
        let retry = fields["retry"].flatMap { self.retry($0, inner) }
        let tasks = fields["do"].flatMap { taskList($0, inner) }
        let then = fields["then"].flatMap { directive($0, scope) }
        return CatchClause(
            with: filter, variable: variable, when: when, exceptWhen: exceptWhen, retry: retry, tasks: tasks, then: then
        )
    }

    /// Literal members that an error must have; a standard `type` in its one spelling.
    private mutating func errorFilter(_ cursor: Cursor?) -> JSONObject {
        var filter = JSONObject()
        guard let cursor, let fields = fields(cursor, of: "'errors'", known: ["with"]),
            let place = required("with", in: fields, of: "'errors'"),
            let members = self.fields(
                place, of: "an error filter", known: ["type", "status", "title", "detail", "instance"])
        else { return filter }
        if place.value.object?.isEmpty == true {
            error(.invalid, "'with' needs a member to compare; leave 'errors' out to catch every error", at: place)
        }
        if let status = integer(members["status"], in: 100...599) { filter["status"] = .integer(Int64(status)) }
        for name in ["type", "title", "detail", "instance"] {
            guard let member = members[name], let text = string(member) else { continue }
            if Loader.unwrapped(text) != nil {
                error(.invalid, "'with' compares literal values; put a condition into 'when'", at: member)
            }
            filter[name] = .string(name == "type" ? ErrorType.canonical(text) : text)
        }
        return filter
    }

    private mutating func retry(_ cursor: Cursor, _ scope: Scope) -> RetryTemplate? {
        if case .string(let name) = cursor.value {
            return reusable(name, among: components.retries, "retry policy", at: cursor).flatMap {
                inlineRetry($0, scope)
            }
        }
        return inlineRetry(cursor, scope)
    }

    mutating func inlineRetry(_ cursor: Cursor, _ scope: Scope) -> RetryTemplate? {
        let what = "a retry policy"
        guard
            let fields = fields(
                cursor, of: what, known: ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"])
        else { return nil }
        var policy = RetryTemplate(
            when: expression(fields["when"], scope), exceptWhen: expression(fields["exceptWhen"], scope),
            delay: duration(fields["delay"], scope), backoff: backoff(fields["backoff"]))
        if let place = fields["limit"], let limit = self.fields(place, of: "'limit'", known: ["attempt", "duration"]) {
            policy.limit = duration(limit["duration"], scope)
            if let place = limit["attempt"],
                let attempt = self.fields(place, of: "'attempt'", known: ["count", "duration"])
            {
                policy.attempts = integer(attempt["count"], in: 0...1_000_000)
                policy.attemptTimeout = duration(attempt["duration"], scope)
            }
        }
        if let place = fields["jitter"], let jitter = self.fields(place, of: "'jitter'", known: ["from", "to"]) {
            policy.jitterFrom = duration(required("from", in: jitter, of: "'jitter'"), scope)
            policy.jitterTo = duration(required("to", in: jitter, of: "'jitter'"), scope)
            if case .milliseconds(let from)? = policy.jitterFrom, case .milliseconds(let to)? = policy.jitterTo,
                from > to
            {
                error(.invalid, "'from' must not be longer than 'to'", at: place)
            }
        }
        return policy
    }

    private mutating func backoff(_ cursor: Cursor?) -> RetryTemplate.Backoff {
        guard let cursor, let fields = fields(cursor, of: "'backoff'", known: ["constant", "linear", "exponential"])
        else {
            return .constant
        }
        let given = fields.cursor.members.filter { ["constant", "linear", "exponential"].contains($0.key) }
        guard given.count == 1, let (name, place) = given.first else {
            if given.count > 1 || cursor.members.isEmpty {
                error(.invalid, "'backoff' needs one of constant, linear and exponential", at: cursor)
            }
            return .constant
        }
        if object(place)?.isEmpty == false {
            error(.invalid, "'\(name)' takes no members; write \(name): {}", at: place)
        }
        switch name {
        case "linear": return .linear
        case "exponential": return .exponential
        default: return .constant
        }
    }
}
