import JSON

/// Functions whose arguments the compiler lays out in line, because they are run for their several results or paths.
enum SpecialForm: String, CaseIterable {
    case empty = "empty/0"
    case not = "not/0"
    case error = "error/0"
    case errorOf = "error/1"
    case path = "path/1"
    case select = "select/1"
    case recurse = "recurse/0"
    case map = "map/1"
    case mapValues = "map_values/1"
    case withEntries = "with_entries/1"
    case firstOf = "first/1"
    case lastOf = "last/1"
    case limit = "limit/2"
    case rangeTo = "range/1"
    case range = "range/2"
    case rangeBy = "range/3"
    case any = "any/0"
    case anyOf = "any/1"
    case anyOfEach = "any/2"
    case all = "all/0"
    case allOf = "all/1"
    case allOfEach = "all/2"
    case isEmpty = "isempty/1"
    case addOf = "add/1"
    case sortBy = "sort_by/1"
    case groupBy = "group_by/1"
    case uniqueBy = "unique_by/1"
    case minBy = "min_by/1"
    case maxBy = "max_by/1"
    case getPath = "getpath/1"
    case delete = "del/1"
    case builtins = "builtins/0"

    /// Whether each result of the arguments gives exactly one.
    var isSingle: Bool {
        switch self {
        case .not, .map, .mapValues, .withEntries, .any, .anyOf, .anyOfEach, .all, .allOf, .allOfEach, .isEmpty, .addOf,
            .sortBy, .groupBy, .uniqueBy, .minBy, .maxBy, .delete, .builtins:
            true
        default: false
        }
    }
}

extension Compiler {
    /// nil: an ordinary builtin after all.
    mutating func generateForm(
        _ form: SpecialForm, _ arguments: [Expression], at expression: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow? {
        let identity = node(.identity, at: expression)
        let elements = node(.iterate(identity), at: expression)
        switch form {
        case .empty:
            emit(.backtrack)
            return newFlow(like: input)
        case .not: return foreign(result(.not, b: input.value), input)
        case .error:
            emit(.raise, b: input.value)
            return newFlow(like: input)
        case .errorOf:
            emit(.raise, b: try generateValue(arguments[0], input, scope))
            return newFlow(like: input)
        case .path:
            let plain = Flow(value: input.value)
            return foreign(try generatePath(arguments[0], plain, scope, isWalked: true), input)
        case .select:
            emit(.requireTrue, b: try generateValue(arguments[0], input, scope))
            return input
        case .recurse: return input.tracksPaths ? nil : try generateDescend(at: expression, input)
        case .map: return foreign(try generateMap(arguments[0], elements, input, scope), input)
        case .mapValues:
            return foreign(try generateAssignment(.update, elements, arguments[0], input, scope), input)
        case .withEntries:
            let entries = Flow(value: result(.builtin0, b: input.value, c: Builtins.index["to_entries/0"] ?? 0))
            let changed = try generateMap(arguments[0], elements, entries, scope)
            return foreign(result(.builtin0, b: changed, c: Builtins.index["from_entries/0"] ?? 0), input)
        case .firstOf:
            let label = result(.label)
            let value = try generate(arguments[0], input, scope)
            emit(.cut, b: label)
            return value
        case .lastOf: return try generateLast(arguments[0], input, scope)
        case .limit:
            let count = try generateValue(arguments[0], input, scope)
            emit(.limitCheck, b: count)
            let label = result(.label)
            let counter = result(.zero)
            let value = try generate(arguments[1], input, scope)
            emit(.limitCount, a: counter, b: count, c: label)
            return value
        case .rangeTo, .range, .rangeBy: return foreign(try generateRange(arguments, input, scope), input)
        case .any: return try generateSearch(for: true, elements, identity, input, scope)
        case .anyOf: return try generateSearch(for: true, elements, arguments[0], input, scope)
        case .anyOfEach: return try generateSearch(for: true, arguments[0], arguments[1], input, scope)
        case .all: return try generateSearch(for: false, elements, identity, input, scope)
        case .allOf: return try generateSearch(for: false, elements, arguments[0], input, scope)
        case .allOfEach: return try generateSearch(for: false, arguments[0], arguments[1], input, scope)
        case .isEmpty:
            let found = newRegister()
            let label = result(.label)
            let fork = emit(.fork)
            _ = try generateValue(arguments[0], input, scope)
            emit(.cut, b: label)
            emit(.move, a: found, b: constant(.bool(false)))
            let end = emit(.jump)
            land(fork)
            emit(.move, a: found, b: constant(.bool(true)))
            land(end)
            return foreign(found, input)
        case .addOf:
            let sum = newRegister()
            emit(.move, a: sum, b: constant(.null))
            let fork = emit(.fork)
            let value = try generateValue(arguments[0], input, scope)
            let before = result(.take, b: sum)
            emit(.move, a: sum, b: result(.add, b: before, c: value))
            emit(.backtrack)
            land(fork, isClosed: true)
            return foreign(sum, input)
        case .sortBy, .groupBy, .uniqueBy, .minBy, .maxBy:
            let keys = try generateMap(node(.array(arguments[0]), at: expression), elements, input, scope)
            let index = Builtins.index["_\(form.rawValue)"] ?? 0
            return foreign(result(.builtin1, b: input.value, c: index, d: keys), input)
        case .getPath:
            guard input.tracksPaths else { return nil }
            let path = try generateValue(arguments[0], input, scope)
            let target = newFlow(like: input)
            emit(.trackGetPath, a: target.value, b: input.value, c: path, flags: flags(input))
            return target
        case .delete:
            let paths = newRegister()
            emit(.newArray, a: paths)
            let fork = emit(.fork)
            let path = try generatePath(arguments[0], Flow(value: input.value), scope, isWalked: true)
            emit(.append, a: paths, b: path)
            emit(.backtrack)
            land(fork, isClosed: true)
            return foreign(
                result(.builtin1, b: input.value, c: Builtins.index["delpaths/1"] ?? 0, d: paths), input)
        case .builtins:
            return foreign(constant(.array(Prelude.names.filter { !$0.hasPrefix("_") }.map { .string($0) })), input)
        }
    }

    private mutating func generateMap(
        _ change: Expression, _ elements: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        let array = newRegister()
        emit(.newArray, a: array)
        let fork = emit(.fork)
        let element = try generate(elements, Flow(value: input.value), scope)
        emit(.append, a: array, b: try generateValue(change, element, scope))
        emit(.backtrack)
        land(fork, isClosed: true)
        return array
    }

    private mutating func generateLast(_ body: Expression, _ input: Flow, _ scope: Scope?) throws(JQError) -> Flow {
        let last = newFlow(like: input)
        let found = newRegister()
        emit(.move, a: found, b: constant(.bool(false)))
        let fork = emit(.fork)
        move(try generate(body, input, scope), to: last)
        emit(.move, a: found, b: constant(.bool(true)))
        emit(.backtrack)
        land(fork, isClosed: true)
        emit(.requireTrue, b: found)
        return last
    }

    private mutating func generateRange(
        _ arguments: [Expression], _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Int32 {
        var operands: [Int32] = []
        for argument in arguments {
            let operand = try generateValue(argument, input, scope)
            emit(.requireNumber, b: operand)
            operands.append(operand)
        }
        let counter = newRegister()
        if operands.count == 1 {
            emit(.zero, a: counter)
            return result(.range, b: counter, c: operands[0])
        }
        emit(.move, a: counter, b: operands[0])
        if operands.count == 2 { return result(.range, b: counter, c: operands[1]) }
        return result(.rangeBy, b: counter, c: operands[1], d: operands[2])
    }

    /// `any` looks for a true one, `all` for a false one; both stop there.
    private mutating func generateSearch(
        for wanted: Bool, _ source: Expression, _ condition: Expression, _ input: Flow, _ scope: Scope?
    ) throws(JQError) -> Flow {
        let found = newRegister()
        let label = result(.label)
        let fork = emit(.fork)
        let item = try generateValue(source, input, scope)
        let holds = try generateValue(condition, Flow(value: item), scope)
        emit(wanted ? .requireTrue : .requireFalse, b: holds)
        emit(.cut, b: label)
        emit(.move, a: found, b: constant(.bool(wanted)))
        let end = emit(.jump)
        land(fork)
        emit(.move, a: found, b: constant(.bool(!wanted)))
        land(end)
        return foreign(found, input)
    }

    // MARK: Multiplicity

    /// Whether the expression gives exactly one result (or raises) and leaves no fork behind; no for an answer means
    /// "not known".
    mutating func isSingle(_ expression: Expression, _ scope: Scope?) -> Bool {
        if expression.constant != nil { return true }
        return memoizedSingle(expression) { $0.computeSingle(expression, scope) }
    }

    private mutating func areSingle(_ expressions: [Expression], _ scope: Scope?) -> Bool {
        for expression in expressions where !isSingle(expression, scope) { return false }
        return true
    }

    private mutating func computeSingle(_ expression: Expression, _ scope: Scope?) -> Bool {
        switch expression.kind {
        case .identity, .literal, .format, .variable, .array: return true
        case .descend, .iterate, .comma, .attempt, .foreach, .label, .breakOut, .alternative: return false
        case .string(_, let parts):
            return areSingle(
                parts.compactMap { if case .interpolation(let inner) = $0 { inner } else { nil } }, scope)
        case .index(let target, let key): return areSingle([target, key], scope)
        case .slice(let target, let from, let to): return areSingle([target, from, to].compactMap(\.self), scope)
        case .object(let members):
            return areSingle(members.map(\.key), scope) && areSingle(members.map(\.value), scope)
        case .pipe(let stages): return areSingle(stages, scope)
        case .negate(let operand): return isSingle(operand, scope)
        case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right):
            return areSingle([left, right], scope)
        case .assign(.update, _, _): return true
        case .assign(_, _, let value): return isSingle(value, scope)
        case .conditional(let condition, let then, let otherwise):
            return areSingle([condition, then], scope) && (otherwise.map { areSingle([$0], scope) } ?? true)
        case .reduce(_, _, let initial, _): return isSingle(initial, scope)
        case .bind, .define: return false
        case .call(let name, let arguments):
            if let found = resolve(name, arity: arguments.count, scope) {
                if case .valueParameter = found.meaning { return true }
                return false
            }
            let signature = "\(name)/\(arguments.count)"
            if let form = SpecialForm(rawValue: signature) {
                return form == .getPath ? areSingle(arguments, scope) : form.isSingle
            }
            return Builtins.index[signature] != nil && areSingle(arguments, scope)
        }
    }
}
