import JSON

extension Loader {
    private static let common = ["if", "input", "output", "export", "timeout", "then", "metadata"]

    /// Every kind of task with its own members; the first one decides.
    private static let kinds: [(name: String, members: [String])] = [
        ("call", ["call", "with"]), ("do", ["do"]), ("for", ["for", "while", "do"]), ("fork", ["fork"]),
        ("raise", ["raise"]), ("set", ["set"]), ("switch", ["switch"]), ("try", ["try", "catch"]), ("wait", ["wait"]),
        ("emit", ["emit"]), ("listen", ["listen", "foreach"]), ("run", ["run"]),
    ]
    private static let unsupportedKinds = ["emit", "listen", "run"]

    /// A list of `- name: { … }`; nil when any of its tasks is wrong.
    mutating func taskList(_ cursor: Cursor, _ scope: Scope, areBranches: Bool = false) -> TaskList? {
        guard cursor.value.array != nil else {
            mismatch(cursor, "a list of tasks (- name: { … })")
            return nil
        }
        guard scope.depth < limits.taskDepth else {
            error(.limit, "tasks nest to more than \(limits.taskDepth) levels", at: cursor)
            return nil
        }
        let named = items(of: cursor, "a task")
        if cursor.elements.isEmpty { warning("an empty list of tasks does nothing", at: cursor) }
        var inner = scope
        inner.depth += 1
        deepest = max(deepest, inner.depth)
        inner.siblings = areBranches ? nil : JSONObject(named.map { (key: $0.name, value: .null) })
        var tasks: [TaskDefinition] = []
        for (name, place) in named {
            if let task = task(name, place, inner) { tasks.append(task) }
        }
        guard tasks.count == cursor.elements.count else { return nil }
        if !areBranches { warnOfUnreachable(tasks, named.map(\.place)) }
        return TaskList(tasks)
    }

    /// The items of a list of one-member objects, with unique names.
    mutating func items(of cursor: Cursor, _ what: String) -> [(name: String, place: Cursor)] {
        var items: [(name: String, place: Cursor)] = []
        var names: Set<JSONPointer> = []
        for element in cursor.elements {
            let members = element.members
            guard members.count == 1, let (name, place) = members.first else {
                let found = members.isEmpty ? "none" : listed(members.prefix(8).map { "'\(abridged($0.key))'" })
                error(
                    .invalid,
                    "\(what) in a list is one member, its name; found \(found)"
                        + (members.count > 1 ? " (is the indentation right?)" : ""), at: element)
                continue
            }
            guard !name.isEmpty else {
                error(.invalid, "\(what) needs a name", at: element)
                continue
            }
            // Names are compared by their bytes, as pointers are.
            guard names.insert(JSONPointer.root.appending(name)).inserted else {
                error(
                    .invalid, "a second '\(abridged(name))' in this list; names are unique", at: place,
                    mark: place.map?.key)
                continue
            }
            items.append((name, place))
        }
        return items
    }

    mutating func task(_ name: String, _ cursor: Cursor, _ scope: Scope) -> TaskDefinition? {
        guard case .object(let object) = cursor.value else {
            mismatch(cursor, "a task (an object)")
            return nil
        }
        if FlowDirective.keywords.contains(name) {
            warning("a task named '\(name)' cannot be the target of 'then'", at: cursor)
        }
        taskCount += 1
        guard taskCount <= limits.tasks else {
            error(.limit, "more than \(limits.tasks) tasks; split the definition", at: cursor)
            return nil
        }
        guard let kind = kind(of: object, at: cursor) else { return nil }
        if Loader.unsupportedKinds.contains(kind.name), let place = cursor[kind.name] {
            unsupported(kind.name, at: place)
            return nil
        }
        guard let fields = fields(cursor, of: "a '\(kind.name)' task", known: kind.members + Loader.common) else {
            return nil
        }
        var task = TaskDefinition(name: name, position: cursor.pointer, kind: .set(.literal(.null)))
        task.condition = expression(fields["if"], scope)
        task.input = inputClause(fields["input"], scope)
        task.output = outputClause(fields["output"], scope)
        task.export = exportClause(fields["export"], scope)
        task.timeout = timeout(fields["timeout"], scope)
        task.then = fields["then"].flatMap { directive($0, scope) } ?? .continue
        task.metadata = self.object(fields["metadata"]) ?? JSONObject()
        guard let place = fields["metadata"]?["enhancement"] else {
            guard let body = body(kind.name, fields, scope) else { return nil }
            task.kind = body
            return task
        }
        return enhanced(task, at: place, scope) { loader, scope in loader.body(kind.name, fields, scope) }
    }

    /// The kind is decided before anything else is looked at, so that one typo gives one diagnostic.
    private mutating func kind(of object: JSONObject, at cursor: Cursor) -> (name: String, members: [String])? {
        var found = Loader.kinds.filter { object.contains($0.name) }
        if found.contains(where: { $0.name == "for" }) { found.removeAll { $0.name == "do" } }
        if found.count == 1 { return found[0] }
        let names = Loader.kinds.map(\.name)
        guard found.isEmpty else {
            error(
                .invalid, "a task is one of \(listed(names, "or")), found \(listed(found.map { "'\($0.name)'" }))",
                at: cursor)
            return nil
        }
        for (key, member) in cursor.members where !Loader.common.contains(key) {
            let hint =
                suggestion(for: key, among: names).map { "did you mean '\($0)'?" }
                ?? "a task is one of \(listed(names, "or"))"
            error(.invalid, "unknown kind of task '\(abridged(key))'; \(hint)", at: member, mark: member.map?.key)
            return nil
        }
        error(.invalid, "a task needs one of \(listed(names, "or"))", at: cursor, mark: cursor.map?.key)
        return nil
    }

    private mutating func body(_ kind: String, _ fields: Fields, _ scope: Scope) -> TaskKind? {
        guard let place = fields[kind] else { return nil }
        switch kind {
        case "call": return call(place, fields, scope)
        case "do": return taskList(place, scope).map { .do($0) }
        case "for": return forLoop(place, fields, scope)
        case "fork": return fork(place, scope)
        case "raise": return raise(place, scope)
        case "set": return set(place, scope)
        case "switch": return switchCases(place, scope)
        case "try": return tryBlock(place, fields, scope)
        case "wait": return duration(place, scope).map { .wait($0) }
        default: return nil
        }
    }
}
