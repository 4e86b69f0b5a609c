import JSON

extension Loader {
    private static let unsupportedCalls = ["a2a", "asyncapi", "grpc", "mcp", "openapi"]
    static let builtInCalls = ["http", "activity"]

    mutating func call(_ cursor: Cursor, _ task: Fields, _ scope: Scope) -> TaskKind? {
        guard let name = nonEmptyString(cursor) else { return nil }
        if Loader.unsupportedCalls.contains(name) {
            unsupported("call: \(name)", at: cursor)
            return nil
        }
        if let place = task["with"], case .object = place.value {
        } else if let place = task["with"] {
            mismatch(place, "an object")
            return nil
        }
        switch name {
        case "http": return required("with", in: task, of: "an http call").flatMap { httpCall($0, scope) }
        case "activity":
            return required("with", in: task, of: "an activity call").flatMap { activityCall($0, scope) }
        default:
            if let function = components.functions[name] {
                return reusableCall(name, function, at: cursor, with: task["with"], scope)
            }
            return cataloguedCall(name, at: cursor, with: task["with"], scope)
        }
    }

    /// `name`, `name:version`, `name:version@default`.
    private mutating func cataloguedCall(
        _ reference: String, at cursor: Cursor, with: Cursor?, _ scope: Scope
    ) -> TaskKind? {
        if reference.utf8.firstRange(of: "://".utf8) != nil {
            unsupported("functions by URL; call one of the default catalogue by its name", at: cursor)
            return nil
        }
        var name = reference[...]
        var catalogue: Substring?
        var version: Substring?
        if let at = name.lastIndex(of: "@") {
            catalogue = name[name.index(after: at)...]
            name = name[..<at]
        }
        if let colon = name.firstIndex(of: ":") {
            version = name[name.index(after: colon)...]
            name = name[..<colon]
        }
        if let catalogue, catalogue != "default" {
            unsupported("the catalogue '\(abridged(catalogue))'; only 'default' is known", at: cursor)
            return nil
        }
        guard let function = catalog[String(name)] else {
            let known = catalog.functions.map(\.name) + components.functions.keys.sorted() + Loader.builtInCalls
            let hint =
                suggestion(for: String(name), among: known).map { "did you mean '\($0)'?" }
                ?? "there are \(listed(Array(known.prefix(20))))"
            error(.unknown, "unknown function '\(abridged(name))'; \(hint)", at: cursor)
            return nil
        }
        if let version, !function.versions.contains(String(version)) {
            error(
                .unknown,
                "unknown version '\(abridged(version))' of '\(function.name)'; there is \(listed(function.versions))",
                at: cursor)
            return nil
        }
        calls.insert(function.name)
        if function.isAI, !scope.isGuarded {
            warning(
                "'\(function.name)' may fail; make the task an enhancement point (metadata.enhancement) or try it",
                at: cursor)
        }
        let arguments = with.map { template($0, scope.resolvingSecrets) } ?? .literal(.object(JSONObject()))
        if let schema = function.with { check(with, arguments, against: schema, at: cursor) }
        return .call(
            .function(
                name: function.name, version: version.map(String.init), catalog: catalogue.map(String.init),
                with: arguments))
    }

    /// Checks what is known of the arguments before their expressions are: names, and values that are literal.
    private mutating func check(_ with: Cursor?, _ arguments: Template, against schema: JSONSchema, at cursor: Cursor) {
        let unknown = arguments.expressionPositions
        let base = with?.pointer ?? cursor.pointer
        for violation in schema.validate(with?.value ?? .object(JSONObject())) {
            let position = base.appending(violation.instance)
            if !unknown.isEmpty {
                // A choice between schemas, or a value with an expression in it: known when it runs.
                let keywords = violation.keyword.tokens
                if keywords.contains(where: Loader.choices.contains) { continue }
                let touches = unknown.contains { position.contains($0) || $0.contains(position) }
                if touches, !Loader.nameKeywords.contains(keywords.last ?? "") { continue }
            }
            let place = violation.instance.isRoot ? "" : "\(violation.instance) "
            error(
                .invalid, "wrong arguments: \(place)\(violation.message)",
                at: with?.descendant(violation.instance) ?? cursor)
        }
    }

    private static let choices: Set = ["anyOf", "oneOf", "not", "if", "then", "else", "contains", "dependentSchemas"]
    private static let nameKeywords: Set = ["required", "additionalProperties", "propertyNames", "dependentRequired"]

    private mutating func httpCall(_ cursor: Cursor, _ scope: Scope) -> TaskKind? {
        let what = "an http call"
        guard
            let fields = fields(
                cursor, of: what, known: ["method", "endpoint", "headers", "query", "body", "output", "redirect"])
        else { return nil }
        calls.insert("http")
        if let place = required("method", in: fields, of: what), let method = nonEmptyString(place),
            Loader.unwrapped(method) == nil, !Loader.methods.contains(method.uppercased())
        {
            error(
                .invalid, "'method' must be one of \(listed(Loader.methods, "or")), found '\(abridged(method))'",
                at: place)
        }
        if let place = required("endpoint", in: fields, of: what) { endpoint(place) }
        for name in ["headers", "query"] {
            guard let place = fields[name] else { continue }
            switch place.value {
            case .object where name == "headers": for (_, value) in place.members { _ = string(value) }
            case .object: break
            case .string(let text) where Loader.unwrapped(text) != nil: break
            default: mismatch(place, "an object or one runtime expression (${ … })")
            }
        }
        if let place = fields["output"], let output = string(place), !["raw", "content", "response"].contains(output) {
            error(.invalid, "'output' must be raw, content or response, found '\(abridged(output))'", at: place)
        }
        _ = bool(fields["redirect"])
        return .call(.http(with: template(cursor, scope.resolvingSecrets)))
    }

    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

    /// A URI template, an expression, or `{ uri: … }` with one of them.
    private mutating func endpoint(_ cursor: Cursor) {
        var place = cursor
        if case .object = cursor.value {
            guard
                let fields = fields(cursor, of: "an endpoint", known: ["uri"], unsupported: ["authentication"]),
                let uri = required("uri", in: fields, of: "an endpoint")
            else { return }
            place = uri
        }
        guard let uri = nonEmptyString(place), Loader.unwrapped(uri) == nil else { return }
        let lowered = uri.prefix(8).lowercased()
        if !lowered.hasPrefix("http://"), !lowered.hasPrefix("https://"), !uri.hasPrefix("{") {
            error(.invalid, "\(place.label) must be an http or https URI, found '\(abridged(uri))'", at: place)
        }
    }

    private mutating func activityCall(_ cursor: Cursor, _ scope: Scope) -> TaskKind? {
        let what = "an activity call"
        guard
            let fields = fields(
                cursor, of: what,
                known: [
                    "name", "taskQueue", "input", "scheduleToClose", "scheduleToStart", "startToClose", "heartbeat",
                    "retry",
                ])
        else { return nil }
        let name = nonEmptyString(required("name", in: fields, of: what))
        let queue = nonEmptyString(required("taskQueue", in: fields, of: what))
        for place in [fields["name"], fields["taskQueue"]] {
            guard let place, let text = place.value.string, Loader.unwrapped(text) != nil else { continue }
            error(.invalid, "\(place.label) must be a literal text", at: place)
        }
        let input = fields["input"].map { template($0, scope) } ?? .literal(.null)
        let scheduleToClose = duration(fields["scheduleToClose"], scope)
        let scheduleToStart = duration(fields["scheduleToStart"], scope)
        let startToClose = duration(fields["startToClose"], scope)
        let heartbeat = duration(fields["heartbeat"], scope)
        let retry = fields["retry"].flatMap { activityRetry($0) }
        guard let name, let queue else { return nil }
        calls.insert(name)
        return .call(
            .activity(
                ActivityCall(
                    name: name, taskQueue: queue, input: input, scheduleToClose: scheduleToClose,
                    scheduleToStart: scheduleToStart, startToClose: startToClose, heartbeat: heartbeat, retry: retry)))
    }

    /// Temporal's retry policy; intervals become seconds.
    private mutating func activityRetry(_ cursor: Cursor) -> JSONObject? {
        guard
            let fields = fields(
                cursor, of: "an activity's 'retry'",
                known: [
                    "initialInterval", "backoffCoefficient", "maximumInterval", "maximumAttempts",
                    "nonRetryableErrorTypes",
                ])
        else { return nil }
        var retry = JSONObject()
        for name in ["initialInterval", "maximumInterval"] {
            if let milliseconds = fixedDuration(fields[name]) { retry[name] = .number(Double(milliseconds) / 1000) }
        }
        if let place = fields["backoffCoefficient"] {
            if let value = place.value.double, value >= 1 {
                retry["backoffCoefficient"] = place.value
            } else {
                mismatch(place, "a number of at least 1")
            }
        }
        if let attempts = integer(fields["maximumAttempts"], in: 0...1_000_000) {
            retry["maximumAttempts"] = .integer(Int64(attempts))
        }
        if let place = fields["nonRetryableErrorTypes"] {
            if place.value.array == nil { mismatch(place, "a list of names") }
            for element in place.elements { _ = nonEmptyString(element) }
            retry["nonRetryableErrorTypes"] = place.value
        }
        return retry
    }
}

extension Template {
    /// Where its expressions stand.
    var expressionPositions: [JSONPointer] {
        switch self {
        case .literal: []
        case .expression(let expression): [expression.position]
        case .array(let elements): elements.flatMap(\.expressionPositions)
        case .object(let members): members.flatMap(\.value.expressionPositions)
        }
    }
}
