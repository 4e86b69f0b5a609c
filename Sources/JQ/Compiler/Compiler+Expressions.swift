import JSON

extension Compiler {
    /// The code that gives the results of `expression` for the value at `input`, one at a time.
    mutating func generate(
        _ expression: Expression, _ input: Flow, _ scope: Scope?, isTail: Bool = false
    ) throws(JQError) -> Flow {
        try checkSize(at: expression)
        if let value = expression.constant { return foreign(constant(value), input) }
        switch expression.kind {
        case .identity: return input
        case .literal(let value): return foreign(constant(value), input)
        case .descend: return try generateDescend(at: expression, input)
        case .format(let name): return try generateFormat(name, at: expression, input)
        case .string(let format, let parts): return try generateString(format, parts, at: expression, input, scope)
        case .index(let target, let key): return try generateIndex(target, key, input, scope)
        case .slice(let target, let from, let to): return try generateSlice(target, from, to, input, scope)
        case .iterate(let target): return generateEach(try generate(target, input, scope))
        case .array(let content): return foreign(try generateArray(content, input, scope), input)
        case .object(let members): return foreign(try generateObject(members, input, scope), input)
        case .pipe(let stages): return try generatePipe(stages, input, scope, isTail: isTail)
        case .comma(let items): return try generateComma(items, input, scope, isTail: isTail)
        case .negate(let operand):
            return foreign(result(.negate, b: try generateValue(operand, input, scope)), input)
        case .binary(let operation, let left, let right):
            return foreign(try generateBinary(operation, left, right, input, scope), input)
        case .and(let left, let right):
            return foreign(try generateLogical(left, right, stopsAt: .jumpIfFalse, input, scope), input)
        case .or(let left, let right):
            return foreign(try generateLogical(left, right, stopsAt: .jumpIfTrue, input, scope), input)
        case .alternative(let left, let right): return try generateAlternative(left, right, input, scope)
        case .assign(let operation, let target, let value):
            return foreign(try generateAssignment(operation, target, value, input, scope), input)
        case .conditional(let condition, let then, let otherwise):
            return try generateConditional(condition, then, otherwise, input, scope, isTail: isTail)
        case .attempt(let body, let handler): return try generateAttempt(body, handler, input, scope)
        case .reduce, .foreach: return try generateFold(expression, input, scope)
        case .bind(let source, let patterns, let body):
            let value = try generateValue(source, input, scope)
            return try generateBinding(patterns, value, at: expression, input, scope) {
                (compiler, scope) throws(JQError) in
                try compiler.generate(body, input, scope, isTail: isTail && patterns.count == 1)
            }
        case .define(let definition, let body):
            let inner = Scope(definition.name, .function(definition), owner: function, next: scope)
            return try generate(body, input, inner, isTail: isTail)
        case .call(let name, let arguments):
            return try generateCall(name, arguments, at: expression, input, scope, isTail: isTail)
        case .variable(let name): return foreign(try generateVariable(name, at: expression, scope), input)
        case .label(let name, let body):
            let register = function.register(of: name, boundBy: expression)
            emit(.label, a: register)
            return try generate(body, input, Scope(name, .label(register), owner: function, next: scope))
        case .breakOut(let name): return try generateBreak(name, at: expression, input, scope)
        }
    }

    /// As `generate`, without paths.
    mutating func generateValue(_ expression: Expression, _ input: Flow, _ scope: Scope?) throws(JQError) -> Int32 {
        try generate(expression, Flow(value: input.value), scope).value
    }

    /// A value that was made and not reached: it has no path.
    mutating func foreign(_ operand: Int32, _ input: Flow) -> Flow {
        guard input.tracksPaths else { return Flow(value: operand) }
        let target = newFlow(like: input)
        emit(.trackForeign, a: target.value, b: operand, c: input.value, flags: Instruction.tracksPaths)
        return target
    }

    // MARK: Access

    mutating func generateDescend(at expression: Expression, _ input: Flow) throws(JQError) -> Flow {
        guard !input.tracksPaths, let collect = Builtins.index["_descend/0"] else {
            return try generateCall("recurse", [], at: expression, input, nil)
        }
        return generateEach(Flow(value: result(.builtin0, b: input.value, c: collect)))
    }

    mutating func generateEach(_ target: Flow, flags extra: UInt8 = 0) -> Flow {
        let counter = newRegister()
        emit(.zero, a: counter)
        let element = newFlow(like: target)
        emit(
            target.tracksPaths ? .trackEach : .each, a: element.value, b: target.value, c: counter,
            flags: flags(target) | extra)
        return element
    }

    /// The keys of a chain like `.a.b[0]` and the expression that it starts from.
    private func constantChain(_ expression: Expression) -> (base: Expression, keys: [JSONValue])? {
        var keys: [JSONValue] = []
        var current = expression
        while case .index(let target, let key) = current.kind, let constant = key.constant {
            switch constant {
            case .string, .integer: keys.append(constant)
            default: return nil
            }
            current = target
        }
        return keys.isEmpty ? nil : (current, keys.reversed())
    }

    /// A chain that starts at the input or a variable, so that nothing but a type error can happen.
    private func simpleChain(_ expression: Expression) -> (base: Expression, keys: [JSONValue])? {
        guard let chain = constantChain(expression) else { return nil }
        switch chain.base.kind {
        case .identity, .variable: return chain
        default: return nil
        }
    }

    private mutating func generateChain(
        _ chain: (base: Expression, keys: [JSONValue]), flags: UInt8 = 0, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        let base = try generateValue(chain.base, input, scope)
        let start = addPathConstants(chain.keys)
        return Flow(value: result(.path, b: base, c: start, d: Int32(chain.keys.count), flags: flags))
    }

    private mutating func generateIndex(
        _ target: Expression, _ key: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        if !input.tracksPaths, let chain = constantChain(Expression(.index(target, key: key), at: key.offset)) {
            return try generateChain(chain, input, scope)
        }
        let key = try generateValue(key, input, scope)
        let target = try generate(target, input, scope)
        let element = newFlow(like: input)
        emit(
            input.tracksPaths ? .trackIndex : .index, a: element.value, b: target.value, c: key, flags: flags(input))
        return element
    }

    private mutating func generateSlice(
        _ target: Expression, _ from: Expression?, _ to: Expression?, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        let from = if let from { try generateValue(from, input, scope) } else { constant(.null) }
        let to = if let to { try generateValue(to, input, scope) } else { constant(.null) }
        let target = try generate(target, input, scope)
        let slice = newFlow(like: input)
        emit(
            input.tracksPaths ? .trackSlice : .slice, a: slice.value, b: target.value, c: from, d: to,
            flags: flags(input))
        return slice
    }

    // MARK: Construction

    mutating func generateArray(
        _ content: Expression?, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let array = newRegister()
        emit(.newArray, a: array)
        guard let content else { return array }
        var items = [content]
        if case .comma(let elements) = content.kind { items = elements }
        for item in items {
            if isSingle(item, scope) {
                emit(.append, a: array, b: try generateValue(item, input, scope))
                continue
            }
            let fork = emit(.fork)
            emit(.append, a: array, b: try generateValue(item, input, scope))
            emit(.backtrack)
            land(fork, isClosed: true)
        }
        return array
    }

    private mutating func generateObject(
        _ members: [(key: Expression, value: Expression)], _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let object = newRegister()
        // In place while members give one value each; else all are evaluated first, as each combination needs an
        // object of its own.
        let isSingle = members.allSatisfy { self.isSingle($0.key, scope) && self.isSingle($0.value, scope) }
        if isSingle { emit(.newObject, a: object) }
        var operands: [(key: Int32, value: Int32)] = []
        for (key, value) in members {
            let key = try generateValue(key, input, scope)
            let value = try generateValue(value, input, scope)
            if isSingle { emit(.insert, a: object, b: key, c: value) } else { operands.append((key, value)) }
        }
        if !isSingle { emit(.newObject, a: object) }
        for (key, value) in operands { emit(.insert, a: object, b: key, c: value) }
        return object
    }

    private mutating func generateString(
        _ format: String?, _ parts: [StringPart], at expression: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        var operands: [Int32] = []
        for part in parts.reversed() {
            switch part {
            case .text(let text): operands.append(constant(.string(text)))
            case .interpolation(let inner):
                let value = try generateValue(inner, input, scope)
                if let format {
                    operands.append(try generateFormat(format, at: expression, Flow(value: value)).value)
                } else {
                    operands.append(value)
                }
            }
        }
        if let format, Builtins.index["@\(format)/0"] == nil {
            throw error("@\(format) is not a format", at: expression)
        }
        let first = function.nextRegister
        for operand in operands.reversed() { _ = result(.move, b: operand) }
        return foreign(result(.concatenate, b: first, c: Int32(operands.count)), input)
    }

    private mutating func generateFormat(
        _ name: String, at expression: Expression, _ input: Flow
    ) throws(JQError) -> Flow {
        guard let index = Builtins.index["@\(name)/0"] else {
            throw error(
                "@\(name) is not a format" + Suggestion.text(for: "@\(name)/0", in: Builtins.formatNames),
                at: expression)
        }
        return foreign(result(.builtin0, b: input.value, c: index), input)
    }

    // MARK: Operators

    private mutating func generatePipe(
        _ stages: [Expression], _ input: Flow, _ scope: Scope?, isTail: Bool
    ) throws(JQError) -> Flow {
        var flow = input
        for (index, stage) in stages.enumerated() {
            flow = try generate(stage, flow, scope, isTail: isTail && index == stages.count - 1)
        }
        return flow
    }

    private mutating func generateComma(
        _ items: [Expression], _ input: Flow, _ scope: Scope?, isTail: Bool
    ) throws(JQError) -> Flow {
        let target = newFlow(like: input)
        var jumps: [Int] = []
        for (index, item) in items.enumerated() {
            let isLast = index == items.count - 1
            let fork = isLast ? nil : emit(.fork)
            move(try generate(item, input, scope, isTail: isTail && isLast), to: target)
            if let fork {
                jumps.append(emit(.jump))
                land(fork)
            }
        }
        for jump in jumps { land(jump) }
        return target
    }

    private mutating func generateBinary(
        _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let right = try generateValue(right, input, scope)
        let left = try generateValue(left, input, scope)
        return result(operation.operation, b: left, c: right)
    }

    private mutating func generateLogical(
        _ left: Expression, _ right: Expression, stopsAt jump: Operation, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let target = newRegister()
        let left = try generateValue(left, input, scope)
        let stop = emit(jump, b: left)
        let right = try generateValue(right, input, scope)
        emit(.truth, a: target, b: right)
        let end = emit(.jump)
        land(stop)
        emit(.move, a: target, b: constant(.bool(jump == .jumpIfTrue)))
        land(end)
        return target
    }

    private mutating func generateAlternative(
        _ left: Expression, _ right: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        let target = newFlow(like: input)
        if !input.tracksPaths, let chain = simpleChain(left) {
            let value = try generateChain(chain, flags: Instruction.isLenient, input, scope)
            let otherwise = emit(.jumpIfFalse, b: value.value)
            move(value, to: target)
            let end = emit(.jump)
            land(otherwise)
            move(try generate(right, input, scope), to: target)
            land(end)
            return target
        }
        let found = newRegister()
        emit(.move, a: found, b: constant(.bool(false)))
        let attempt = newRegister()
        let begin = emit(.alternativeBegin, a: attempt)
        let value = try generate(left, input, scope)
        emit(.requireTrue, b: value.value)
        emit(.move, a: found, b: constant(.bool(true)))
        emit(.tryEnd, a: attempt)
        move(value, to: target)
        let end = emit(.jump)
        land(begin)
        emit(.requireFalse, b: found)
        move(try generate(right, input, scope), to: target)
        land(end)
        return target
    }

    private mutating func generateConditional(
        _ condition: Expression, _ then: Expression, _ otherwise: Expression?, _ input: Flow, _ scope: Scope?,
        isTail: Bool
    ) throws(JQError) -> Flow {
        let target = newFlow(like: input)
        let condition = try generateValue(condition, input, scope)
        let isFalse = emit(.jumpIfFalse, b: condition)
        move(try generate(then, input, scope, isTail: isTail), to: target)
        let end = emit(.jump)
        land(isFalse)
        if let otherwise {
            move(try generate(otherwise, input, scope, isTail: isTail), to: target)
        } else {
            move(input, to: target)
        }
        land(end)
        return target
    }

    private mutating func generateAttempt(
        _ body: Expression, _ handler: Expression?, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        if handler == nil, !input.tracksPaths {
            if let chain = simpleChain(body) {
                return try generateChain(chain, flags: Instruction.isOptional, input, scope)
            }
            if case .iterate(let target) = body.kind {
                if case .identity = target.kind { return generateEach(input, flags: Instruction.isOptional) }
                if let chain = simpleChain(target) {
                    let base = try generateChain(chain, flags: Instruction.isOptional, input, scope)
                    return generateEach(base, flags: Instruction.isOptional)
                }
            }
        }
        let target = newFlow(like: input)
        let attempt = newRegister()
        let begin = emit(.tryBegin, a: attempt)
        let value = try generate(body, input, scope)
        emit(.tryEnd, a: attempt)
        move(value, to: target)
        let end = emit(.jump)
        land(begin)
        if let handler {
            let failure = foreign(attempt, input)
            move(try generate(handler, failure, scope), to: target)
        } else {
            emit(.backtrack)
        }
        land(end)
        return target
    }

    private mutating func generateBreak(
        _ name: String, at expression: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        let found = scope.first { (scope) -> (Int32, Function)? in
            if case .label(let register) = scope.meaning, scope.name == name { (register, scope.owner) } else { nil }
        }
        guard let (register, owner) = found else { throw error("label $\(name) is not defined", at: expression) }
        let level = function.level(of: owner)
        if level > 0 { owner.captured.insert(register) }
        emit(.breakOut, b: register, c: level)
        return newFlow(like: input)
    }
}

extension BinaryOperator {
    var operation: Operation {
        switch self {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .remainder: .remainder
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        }
    }
}
