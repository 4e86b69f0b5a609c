import JSON

/// A function of `use.functions`, read, with what its callers have to know.
struct ReusableFunction {
    /// nil: it has errors of its own.
    var task: TaskDefinition?
    /// Tasks inside, itself included.
    var taskCount: Int
    /// Levels of tasks inside.
    var taskDepth: Int
    var calls: [String]
}

extension Loader {
    /// A call of a function of `use.functions` is a `do` of two tasks: `with` is set, and is the function's input.
    ///
    /// The function is read once and nothing of its caller is in its scope.
    mutating func reusableCall(
        _ name: String, _ place: Cursor, at cursor: Cursor, with: Cursor?, _ scope: Scope
    ) -> TaskKind? {
        let arguments = with.map { template($0, scope) } ?? .literal(.object(JSONObject()))
        let function = reusableFunction(name, place, calledAt: cursor, depth: scope.depth + 1)
        guard let task = function.task else { return nil }
        taskCount += function.taskCount
        deepest = max(deepest, scope.depth + 1 + function.taskDepth)
        guard taskCount <= limits.tasks else {
            error(
                .limit, "more than \(limits.tasks) tasks, those of reusable functions counted for each call", at: cursor
            )
            return nil
        }
        guard scope.depth + 1 + function.taskDepth <= limits.taskDepth else {
            error(.limit, "tasks nest to more than \(limits.taskDepth) levels", at: cursor)
            return nil
        }
        for call in function.calls { calls.insert(call) }
        let input = TaskDefinition(
            name: "with", position: with?.pointer ?? cursor.pointer, kind: .set(arguments))
        return .do(TaskList([input, task]))
    }

    /// Reads a function, or tells what was read before. `depth`: tasks around it.
    @discardableResult
    mutating func reusableFunction(
        _ name: String, _ place: Cursor, calledAt caller: Cursor? = nil, depth: Int = 1
    ) -> ReusableFunction {
        if let known = components.readFunctions[name] { return known }
        let nothing = ReusableFunction(task: nil, taskCount: 0, taskDepth: 0, calls: [])
        if let start = components.functionsBeingRead.firstIndex(of: name), let caller {
            let cycle = (components.functionsBeingRead[start...] + [name]).map { abridged($0) }
            error(
                .invalid, "the function '\(abridged(name))' calls itself: \(cycle.joined(separator: " → "))", at: caller
            )
            return nothing
        }
        if Loader.builtInCalls.contains(name) {
            error(
                .invalid, "'\(name)' is a call of its own; give the function another name", at: place,
                mark: place.map?.key)
        }
        components.functionsBeingRead.append(name)
        let outer = (calls: calls, taskCount: taskCount, deepest: deepest)
        (calls, taskCount, deepest) = (NameList(), 0, depth)
        // A failure inside is the caller's to guard.
        var function = nothing
        function.task = task(name, place, Scope(depth: depth, siblings: JSONObject(), isGuarded: true))
        function.taskCount = taskCount
        function.taskDepth = deepest - depth
        function.calls = calls.names
        (calls, taskCount, deepest) = outer
        components.functionsBeingRead.removeLast()
        components.readFunctions[name] = function
        return function
    }
}
