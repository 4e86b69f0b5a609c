import JSON

extension FlowDirective {
    static let keywords = ["continue", "exit", "end"]

    var target: String? { if case .task(let name) = self { name } else { nil } }
}

extension Loader {
    /// `continue`, `exit`, `end`, or a task of the same list.
    mutating func directive(_ cursor: Cursor, _ scope: Scope) -> FlowDirective? {
        guard let name = string(cursor) else { return nil }
        switch name {
        case "continue": return .continue
        case "exit": return .exit
        case "end": return .end
        default: break
        }
        guard let siblings = scope.siblings else {
            error(
                .invalid,
                "'then' of a branch is continue, exit or end: branches do not follow one another, found '\(abridged(name))'",
                at: cursor)
            return nil
        }
        if siblings.contains(name) { return .task(name) }
        let hint =
            suggestion(for: name, among: siblings.prefix(isFull ? 0 : 200).map(\.key) + FlowDirective.keywords).map {
                "did you mean '\($0)'?"
            }
            ?? "it names continue, exit, end or a task of the same list"
        error(.unknown, "'then' leads nowhere: there is no task '\(abridged(name))' in this list; \(hint)", at: cursor)
        return nil
    }

    /// Warns of tasks that nothing leads to.
    ///
    /// A task leads to the next one when its `then` is `continue`, or when it may be skipped: a skipped task's `then` is
    /// not followed.
    mutating func warnOfUnreachable(_ tasks: [TaskDefinition], _ places: [Cursor]) {
        guard !tasks.isEmpty else { return }
        let positions = Dictionary(tasks.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var reached = [Bool](repeating: false, count: tasks.count)
        var waiting = [0]
        while let index = waiting.popLast() {
            guard index < tasks.count, !reached[index] else { continue }
            reached[index] = true
            for directive in tasks[index].directives {
                if directive == .continue { waiting.append(index + 1) }
                if let name = directive.target, let target = positions[name] { waiting.append(target) }
            }
        }
        for (index, place) in places.enumerated() where !reached[index] {
            warning("no task leads to '\(abridged(tasks[index].name))'", at: place)
        }
    }
}

extension TaskDefinition {
    /// Every way the flow may take after the task.
    fileprivate var directives: [FlowDirective] {
        var directives: [FlowDirective] = condition == nil ? [] : [.continue]
        switch kind {
        case .switch(let cases):
            directives += cases.map(\.then)
            if cases.allSatisfy({ $0.when != nil }) || cases.contains(where: { $0.then == .continue }) {
                directives.append(then)
            }
        case .try(let block):
            directives.append(then)
            if let then = block.catch.then { directives.append(then) }
        case .raise: break
        default: directives.append(then)
        }
        if enhancement != nil { directives.append(then) }
        return directives
    }
}
