import JSON

extension Loader {
    mutating func set(_ cursor: Cursor, _ scope: Scope) -> TaskKind? {
        switch cursor.value {
        case .object(let object):
            if object.isEmpty {
                error(.invalid, "'set' needs a member", at: cursor)
                return nil
            }
        case .string(let text) where Loader.unwrapped(text) != nil: break
        default:
            mismatch(cursor, "an object or one runtime expression (${ … })")
            return nil
        }
        return .set(template(cursor, scope))
    }

    mutating func switchCases(_ cursor: Cursor, _ scope: Scope) -> TaskKind? {
        guard let array = cursor.value.array, !array.isEmpty else {
            mismatch(cursor, "a list of cases (- name: { when: …, then: … })")
            return nil
        }
        var cases: [SwitchCase] = []
        var hasDefault = false
        for (name, place) in items(of: cursor, "a case") {
            guard let fields = fields(place, of: "a case", known: ["when", "then"]) else { continue }
            let then = required("then", in: fields, of: "a case").flatMap { directive($0, scope) }
            let when = expression(fields["when"], scope)
            if fields["when"] == nil {
                if hasDefault { error(.invalid, "a second case without 'when'; only one is the default", at: place) }
                hasDefault = true
            }
            if let then { cases.append(SwitchCase(name: name, when: when, then: then)) }
        }
        return .switch(cases)
    }

    mutating func fork(_ cursor: Cursor, _ scope: Scope) -> TaskKind? {
        guard let fields = fields(cursor, of: "'fork'", known: ["branches", "compete"]) else { return nil }
        let compete = bool(fields["compete"]) ?? false
        guard let place = required("branches", in: fields, of: "'fork'"),
            let branches = taskList(place, scope, areBranches: true)
        else { return nil }
        return .fork(branches: branches, compete: compete)
    }

    mutating func forLoop(_ cursor: Cursor, _ task: Fields, _ scope: Scope) -> TaskKind? {
        guard let fields = fields(cursor, of: "'for'", known: ["each", "in", "at"]) else { return nil }
        let each: String? = fields["each"].map { variableName($0) } ?? "item"
        let at: String? = fields["at"].map { variableName($0) } ?? "index"
        if let each, each == at {
            error(.invalid, "'each' and 'at' must have two names, found '\(each)' for both", at: cursor)
        }
        var collection: Template?
        if let place = required("in", in: fields, of: "'for'") {
            switch place.value {
            case .string: collection = expression(place, scope).map { .expression($0) }
            case .array: collection = template(place, scope)
            default: mismatch(place, "a runtime expression or a list")
            }
        }
        guard let each, let at else { return nil }
        let inner = scope.binding([each, at])
        let condition = expression(task["while"], inner)
        guard let place = required("do", in: task, of: "a 'for' task"), let tasks = taskList(place, inner),
            let collection
        else { return nil }
        return .for(ForLoop(each: each, at: at, in: collection, while: condition, tasks: tasks))
    }

    mutating func tryBlock(_ cursor: Cursor, _ task: Fields, _ scope: Scope) -> TaskKind? {
        var inner = scope
        inner.isGuarded = true
        let tasks = taskList(cursor, inner)
        let clause = required("catch", in: task, of: "a 'try' task").flatMap { catchClause($0, scope) }
        guard let tasks, let clause else { return nil }
        return .try(TryBlock(tasks: tasks, catch: clause))
    }

    /// A name that expressions can use as `$name`, and that hides none of the specification's.
    mutating func variableName(_ cursor: Cursor) -> String? {
        guard let name = string(cursor) else { return nil }
        let bytes = Array(name.utf8)
        let isLetter = { (byte: UInt8) in byte == 95 || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) }
        guard let first = bytes.first, bytes.count <= 64, isLetter(first),
            bytes.allSatisfy({ isLetter($0) || ($0 >= 48 && $0 <= 57) })
        else {
            error(
                .invalid,
                "\(cursor.label) must be a variable's name (letters, digits, underscores; no $), found '\(abridged(name))'",
                at: cursor)
            return nil
        }
        guard !Expression.standardVariables.contains(name), !["ENV", "__loc__", "__prog_args"].contains(name) else {
            error(.invalid, "$\(name) has a meaning of its own; take another name for \(cursor.label)", at: cursor)
            return nil
        }
        return name
    }
}
