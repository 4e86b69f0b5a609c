import JSON

/// Calls: of functions in scope, of the forms that the compiler knows, of builtins, of the prelude.
extension Compiler {
    mutating func generateCall(
        _ name: String, _ arguments: [Expression], at expression: Expression, _ input: Flow, _ scope: Scope?,
        isTail: Bool = false
    ) throws(JQError) -> Flow {
        if let found = resolve(name, arity: arguments.count, scope) {
            switch found.meaning {
            case .function(let definition):
                let callee = local(definition, of: found)
                return try generateInvocation(
                    of: callee, level: function.level(of: found.owner), arguments, input, scope, isTail: isTail)
            case .closure(let register): return invokeClosure(register, of: found.owner, input, isTail: isTail)
            case .valueParameter(let register): return foreign(load(register, of: found.owner), input)
            case .variable, .label: break
            }
        }
        let signature = "\(name)/\(arguments.count)"
        if let form = SpecialForm(rawValue: signature),
            let flow = try generateForm(form, arguments, at: expression, input, scope)
        {
            return flow
        }
        if let index = Builtins.index[signature] {
            return try generateBuiltin(index, arguments, input, scope)
        }
        if let definition = Prelude.definitions[signature] {
            return try generateInvocation(of: prelude(definition), level: -1, arguments, input, scope, isTail: isTail)
        }
        if Prelude.unsupported.contains(signature) { throw error("not supported: \(name)", at: expression) }
        throw error(
            "\(signature) is not defined" + Suggestion.text(for: signature, in: knownFunctions(scope)), at: expression)
    }

    func resolve(_ name: String, arity: Int, _ scope: Scope?) -> Scope? {
        scope.first { (scope) -> Scope? in
            guard scope.name == name else { return nil }
            switch scope.meaning {
            case .function(let definition): return definition.parameters.count == arity ? scope : nil
            case .closure, .valueParameter: return arity == 0 ? scope : nil
            case .variable, .label: return nil
            }
        }
    }

    private func knownFunctions(_ scope: Scope?) -> [String] {
        var names = Prelude.names
        var current = scope
        while let scope = current {
            switch scope.meaning {
            case .function(let definition): names.append(definition.signature)
            case .closure, .valueParameter: names.append("\(scope.name)/0")
            case .variable, .label: break
            }
            current = scope.next
        }
        return names
    }

    private func local(_ definition: FunctionDefinition, of scope: Scope) -> Function {
        let key = ObjectIdentifier(definition)
        if let known = scope.owner.functions[key] { return known }
        let callee = Function(parent: scope.owner, parameters: definition.parameters, body: definition.body)
        callee.scope = Self.parameterScope(of: callee, outer: scope)
        scope.owner.functions[key] = callee
        return callee
    }

    private mutating func generateInvocation(
        of callee: Function, level: Int32, _ arguments: [Expression], _ input: Flow, _ scope: Scope?, isTail: Bool
    ) throws(JQError) -> Flow {
        var passed: [CallArgument] = []
        var needsFrame = level == 0
        for (parameter, argument) in zip(callee.parameters, arguments) {
            if parameter.isValue {
                // Through a register of its own: what a call site reads is not seen as a read of the operand.
                passed.append(.value(result(.move, b: try generateValue(argument, input, scope))))
            } else if let forwarded = forwardedClosure(argument, scope) {
                passed.append(forwarded)
            } else {
                passed.append(.closure(closure(over: argument, scope)))
                needsFrame = true
            }
        }
        let block = request(callee, tracksPaths: input.tracksPaths)
        let site = addCallSite(block: block, level: level, arguments: passed)
        let target = newFlow(like: input)
        emit(
            .call, a: target.value, b: input.value, c: site,
            flags: flags(input) | (isTail && !needsFrame ? Instruction.isTail : 0))
        return target
    }

    private func forwardedClosure(_ argument: Expression, _ scope: Scope?) -> CallArgument? {
        guard case .call(let name, let arguments) = argument.kind, arguments.isEmpty,
            let found = resolve(name, arity: 0, scope), case .closure(let register) = found.meaning
        else { return nil }
        return .forward(level: function.level(of: found.owner), register: register)
    }

    private mutating func closure(over argument: Expression, _ scope: Scope?) -> Int32 {
        let key = ObjectIdentifier(argument)
        if let known = function.closures[key] { return known }
        let inner = Function(parent: function, parameters: [], body: argument)
        inner.scope = scope
        let blocks = ClosureBlocks(
            value: request(inner, tracksPaths: false), path: request(inner, tracksPaths: true))
        let index = addClosure(blocks)
        function.closures[key] = index
        return index
    }

    private mutating func invokeClosure(_ register: Int32, of owner: Function, _ input: Flow, isTail: Bool) -> Flow {
        let target = newFlow(like: input)
        emit(
            .callClosure, a: target.value, b: input.value, c: function.level(of: owner), d: register,
            flags: flags(input) | (isTail ? Instruction.isTail : 0))
        return target
    }

    /// Arguments are evaluated from the last to the first, as jq does for what it has in C.
    mutating func generateBuiltin(
        _ index: Int32, _ arguments: [Expression], _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        if arguments.isEmpty { return foreign(result(.builtin0, b: input.value, c: index), input) }
        var operands: [Int32] = []
        for argument in arguments.reversed() { operands.append(try generateValue(argument, input, scope)) }
        if operands.count == 1 {
            return foreign(result(.builtin1, b: input.value, c: index, d: operands[0]), input)
        }
        let first = function.nextRegister
        for operand in operands.reversed() { _ = result(.move, b: operand) }
        return foreign(
            result(operands.count == 2 ? .builtin2 : .builtin3, b: input.value, c: index, d: first), input)
    }
}
