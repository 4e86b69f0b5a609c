import JSON

/// Variables, destructuring, folds and assignments.
extension Compiler {
    mutating func generateVariable(_ name: String, at expression: Expression, _ scope: Scope?) throws(JQError) -> Int32
    {
        let found = scope.first { (scope) -> (Int32, Function)? in
            if case .variable(let operand) = scope.meaning, scope.name == name { (operand, scope.owner) } else { nil }
        }
        if let (operand, owner) = found { return load(operand, of: owner) }
        if let index = variables.lastIndex(of: name) { return useVariable(index) }
        if name == "ENV" { throw error("not supported: $ENV", at: expression) }
        var known = variables
        var current = scope
        while let scope = current {
            if case .variable = scope.meaning { known.append(scope.name) }
            current = scope.next
        }
        throw error(
            "$\(name) is not defined" + Suggestion.text(for: "$\(name)", in: known.map { "$\($0)" }), at: expression)
    }

    /// An operand of this frame for one of the owner's.
    mutating func load(_ operand: Int32, of owner: Function) -> Int32 {
        guard operand >= 0, owner !== function else { return operand }
        owner.captured.insert(operand)
        return result(.loadOuter, b: function.level(of: owner), c: operand)
    }

    /// Takes the value apart by the first pattern that fits, and generates `body` where its variables are in scope.
    mutating func generateBinding(
        _ patterns: [Pattern], _ value: Int32, at site: Expression, _ input: Flow, _ scope: Scope?,
        body: (inout Compiler, Scope?) throws(JQError) -> Flow
    ) throws(JQError) -> Flow {
        if patterns.count == 1 {
            return try body(&self, try destructure(patterns[0], value, at: site, scope, inRegisters: false))
        }
        var inner = scope
        var names: [String] = []
        for name in patterns.flatMap(\.names) where !names.contains(name) { names.append(name) }
        let registers = names.map { function.register(of: $0, boundBy: site) }
        for (name, register) in zip(names, registers) {
            inner = Scope(name, .variable(register), owner: function, next: inner)
        }
        let attempt = newRegister()
        var jumps: [Int] = []
        for (index, pattern) in patterns.enumerated() {
            let isLast = index == patterns.count - 1
            let begin = isLast ? nil : emit(.tryBegin, a: attempt)
            if isLast { emit(.tryNone, a: attempt) }
            for register in registers { emit(.move, a: register, b: constant(.null)) }
            _ = try destructure(pattern, value, at: site, inner, inRegisters: true)
            if let begin {
                jumps.append(emit(.jump))
                land(begin)
            }
        }
        for jump in jumps { land(jump) }
        let result = try body(&self, inner)
        emit(.tryEnd, a: attempt)
        return result
    }

    private mutating func destructure(
        _ pattern: Pattern, _ value: Int32, at site: Expression, _ scope: Scope?, inRegisters: Bool
    ) throws(JQError) -> Scope? {
        switch pattern {
        case .variable(let name): return bind(name, value, at: site, scope, inRegister: inRegisters)
        case .array(let elements):
            var inner = scope
            for (index, element) in elements.enumerated() {
                let part = result(.index, b: value, c: constant(.integer(Int64(index))))
                inner = try destructure(element, part, at: site, inner, inRegisters: inRegisters)
            }
            return inner
        case .object(let members):
            var inner = scope
            for member in members {
                let key = try generateValue(member.key, Flow(value: value), inner)
                let part = result(.index, b: value, c: key)
                if let binding = member.binding {
                    inner = bind(binding, part, at: site, inner, inRegister: inRegisters)
                }
                if let pattern = member.pattern {
                    inner = try destructure(pattern, part, at: site, inner, inRegisters: inRegisters)
                }
            }
            return inner
        }
    }

    private mutating func bind(
        _ name: String, _ value: Int32, at site: Expression, _ scope: Scope?, inRegister: Bool
    ) -> Scope? {
        // The main program has one body only, so its closures may read the value where it happens to be.
        if function.isMain, !inRegister { return Scope(name, .variable(value), owner: function, next: scope) }
        let register = function.register(of: name, boundBy: site)
        emit(.move, a: register, b: value)
        return Scope(name, .variable(register), owner: function, next: scope)
    }

    // MARK: Folds

    mutating func generateFold(_ expression: Expression, _ input: Flow, _ scope: Scope?) throws(JQError) -> Flow {
        switch expression.kind {
        case .reduce(let source, let patterns, let initial, let update):
            let state = newFlow(like: input)
            move(try generate(initial, input, scope), to: state)
            let fork = emit(.fork)
            let item = try generateValue(source, input, scope)
            _ = try generateBinding(patterns, item, at: expression, input, scope) { (compiler, scope) throws(JQError) in
                try compiler.generateUpdate(update, state, scope)
            }
            emit(.backtrack)
            land(fork, isClosed: true)
            return state
        case .foreach(let source, let patterns, let initial, let update, let extract):
            let state = newFlow(like: input)
            move(try generate(initial, input, scope), to: state)
            let item = try generateValue(source, input, scope)
            return try generateBinding(patterns, item, at: expression, input, scope) {
                (compiler, scope) throws(JQError) in
                let updated = try compiler.generateUpdate(update, state, scope)
                guard let extract else { return updated }
                return try compiler.generate(extract, updated, scope)
            }
        default: return input
        }
    }

    private mutating func generateUpdate(_ update: Expression, _ state: Flow, _ scope: Scope?) throws(JQError) -> Flow {
        let current = newFlow(like: state)
        move(state, to: current, by: .take)
        let updated = try generate(update, current, scope)
        move(updated, to: state)
        return updated
    }

    // MARK: Assignments

    mutating func generateAssignment(
        _ operation: AssignmentOperator, _ target: Expression, _ value: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let plain = Flow(value: input.value)
        switch operation {
        case .update:
            return try generateUpdates(of: target, plain, scope, value: value)
        case .set:
            let value = try generateValue(value, input, scope)
            return try generatePaths(of: target, plain, scope) { (compiler, state, path) in
                compiler.emit(.setPath, a: state, b: path, c: value)
            }
        case .arithmetic(let operation):
            let value = try generateValue(value, input, scope)
            return try generatePaths(of: target, plain, scope) { (compiler, state, path) in
                let old = compiler.result(.takePath, b: state, c: path)
                let new = compiler.result(operation.operation, b: old, c: value)
                compiler.emit(.setPath, a: state, b: path, c: new)
            }
        case .alternative:
            let value = try generateValue(value, input, scope)
            return try generatePaths(of: target, plain, scope) { (compiler, state, path) in
                let old = compiler.result(.takePath, b: state, c: path)
                let new = compiler.newRegister()
                compiler.emit(.move, a: new, b: old)
                let keep = compiler.emit(.jumpIfTrue, b: old)
                compiler.emit(.move, a: new, b: value)
                compiler.land(keep)
                compiler.emit(.setPath, a: state, b: path, c: new)
            }
        }
    }

    /// A copy of the input in a register, on which `change` runs for each path of `target`.
    private mutating func generatePaths(
        of target: Expression, _ input: Flow, _ scope: Scope?,
        change: (inout Compiler, _ state: Int32, _ path: Int32) throws(JQError) -> Void
    ) throws(JQError) -> Int32 {
        let state = newRegister()
        // One path: found before the input moves into the state, which then may change in place.
        if isSingle(target, scope) {
            let path = try generateSinglePath(target, input, scope)
            emit(.move, a: state, b: input.value)
            try change(&self, state, path)
            return state
        }
        emit(.move, a: state, b: input.value)
        let fork = emit(.fork)
        let path = try generatePath(target, input, scope)
        try change(&self, state, path)
        emit(.backtrack)
        land(fork, isClosed: true)
        return state
    }

    private mutating func generateUpdates(
        of target: Expression, _ input: Flow, _ scope: Scope?, value: Expression
    ) throws(JQError) -> Int32 {
        if isSingle(value, scope) {
            return try generatePaths(of: target, input, scope) { (compiler, state, path) throws(JQError) in
                let old = compiler.result(.takePath, b: state, c: path)
                let new = try compiler.generateValue(value, Flow(value: old), scope)
                compiler.emit(.setPath, a: state, b: path, c: new)
            }
        }
        // The first result counts; a path without any is deleted in the end.
        let deleted = newRegister()
        emit(.newArray, a: deleted)
        let state = newRegister()
        emit(.move, a: state, b: input.value)
        let end = emit(.fork)
        let path = try generatePath(target, input, scope)
        let old = result(.takePath, b: state, c: path)
        let label = result(.label)
        let none = emit(.fork)
        let new = try generateValue(value, Flow(value: old), scope)
        emit(.cut, b: label)
        emit(.setPath, a: state, b: path, c: new)
        emit(.backtrack)
        land(none)
        emit(.append, a: deleted, b: path)
        emit(.backtrack)
        land(end, isClosed: true)
        return result(.builtin1, b: state, c: Builtins.index["delpaths/1"] ?? 0, d: deleted)
    }

    /// The path of a target that has one result. What was walked on the way is let go, so that nothing else holds
    /// the parts that are about to change.
    private mutating func generateSinglePath(
        _ target: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let start = function.nextRegister
        let found = try generatePath(target, input, scope)
        guard found >= 0 else { return found }
        let end = function.nextRegister
        let path = result(.move, b: found)
        emit(.clear, a: start, b: end)
        return path
    }

    /// The path of each result.
    mutating func generatePath(
        _ target: Expression, _ input: Flow, _ scope: Scope?, isWalked: Bool = false
    ) throws(JQError) -> Int32 {
        if !isWalked, let path = constantPath(target) { return constant(.array(path)) }
        let root = newFlow(like: Flow(value: 0, tracksPaths: true))
        emit(.move, a: root.value, b: input.value)
        emit(.move, a: root.value + 1, b: constant(.array([])))
        let found = try generate(target, root, scope)
        return result(.pathOf, b: found.value, flags: Instruction.tracksPaths)
    }

    /// The path of a target like `.a.b[0]`, whose steps `setPath` checks by itself.
    private func constantPath(_ target: Expression) -> [JSONValue]? {
        var keys: [JSONValue] = []
        var current = target
        while case .index(let base, let key) = current.kind, let constant = key.constant {
            switch constant {
            case .string, .integer: keys.append(constant)
            default: return nil
            }
            current = base
        }
        guard case .identity = current.kind else { return nil }
        return keys.reversed()
    }
}
