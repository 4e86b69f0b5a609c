import JSON

/// The steps that make or pick values.
extension Machine {
    // MARK: Access

    /// `.a.b[0]`; false: nothing to give.
    @inline(__always)
    mutating func followPath(_ instruction: Instruction) throws(JQError) -> Bool {
        let source = pointer(instruction.b)
        let height = source.pointee.height
        var value = source.pointee.json
        var key = code.constants + Int(instruction.c)
        let end = key + Int(instruction.d)
        while key < end {
            switch (value, key.pointee.json) {
            case (.object(let members), .string(let name)): value = members[name] ?? .null
            case (.array(let elements), .integer(let index)):
                let place = index < 0 ? Int(index) + elements.count : Int(index)
                value = elements.indices.contains(place) ? elements[place] : .null
            case (.null, _): value = .null
            default:
                if instruction.flags & Instruction.isOptional != 0 { return false }
                if instruction.flags & Instruction.isLenient != 0 {
                    registers[Int(instruction.a)] = Slot(.null)
                    return true
                }
                throw Access.cannotIndex(value, key.pointee.json)
            }
            key += 1
        }
        registers[Int(instruction.a)] = Slot(value, height: max(0, height - instruction.d))
        return true
    }

    @inline(__always)
    mutating func nextElement(_ instruction: Instruction) throws(JQError) -> Bool {
        guard case .integer(let counter) = registers[Int(instruction.c)].json else { return false }
        let source = pointer(instruction.b)
        let value: JSONValue
        let count: Int
        switch source.pointee.json {
        case .array(let elements):
            count = elements.count
            guard counter < count else { return false }
            value = elements[Int(counter)]
        case .object(let members):
            count = members.count
            guard counter < count else { return false }
            value = members[Int(counter)].value
        default:
            if instruction.flags & Instruction.isOptional != 0 { return false }
            throw Access.cannotIterate(source.pointee.json)
        }
        let height = source.pointee.height
        registers[Int(instruction.c)].json = .integer(counter + 1)
        if counter + 1 < count { try pushFork(at: position &- 1) }
        registers[Int(instruction.a)] = Slot(value, height: max(0, height - 1))
        return true
    }

    mutating func nextNumber(_ instruction: Instruction) throws(JQError) -> Bool {
        let limit = pointer(instruction.c).pointee.json
        let counter = registers[Int(instruction.b)].json
        if case .integer(let current) = counter, case .integer(let end) = limit {
            guard current < end else { return false }
            registers[Int(instruction.b)].json = .integer(current + 1)
            if current + 1 < end { try pushFork(at: position - 1) }
            registers[Int(instruction.a)] = Slot(.integer(current))
            return true
        }
        guard let current = counter.double, let end = limit.double, current < end else { return false }
        registers[Int(instruction.b)].json = .number(current + 1)
        try pushFork(at: position - 1)
        registers[Int(instruction.a)] = Slot(.number(current))
        return true
    }

    mutating func nextNumberBy(_ instruction: Instruction) throws(JQError) -> Bool {
        let limit = pointer(instruction.c).pointee.json
        let by = pointer(instruction.d).pointee.json
        let current = registers[Int(instruction.b)].json
        let order = try Order.compare(current, limit, &budget)
        let direction = try Order.compare(by, .integer(0), &budget)
        // A step of 0 repeats without end, as jq's does.
        guard direction < 0 ? order > 0 : order < 0 else { return false }
        var following = current
        try Arithmetic.add(&following, by, &budget)
        registers[Int(instruction.b)].json = following
        try pushFork(at: position - 1)
        registers[Int(instruction.a)] = Slot(current)
        return true
    }

    // MARK: Paths

    mutating func trackStep(_ instruction: Instruction) throws(JQError) {
        let target = pointer(instruction.b).pointee
        let key =
            instruction.operation == .trackSlice
            ? Access.sliceKey(pointer(instruction.c).pointee.json, pointer(instruction.d).pointee.json)
            : pointer(instruction.c).pointee.json
        guard case .array(var path) = pointer(instruction.b + 1).pointee.json else {
            throw JQError.raised(
                "Invalid path expression near attempt to access element \(key.serialized()) of \(Excerpt.of(target.json))"
            )
        }
        let value = try Access.index(target.json, key, &budget)
        try extend(&path, by: key)
        registers[Int(instruction.a)] = Slot(value, height: target.height)
        registers[Int(instruction.a) + 1] = Slot(.array(path), height: 2)
    }

    private mutating func extend(_ path: inout [JSONValue], by key: JSONValue) throws(JQError) {
        try budget.allocate(32 + (path.count + 1) * Budget.valueBytes)
        path.append(key)
        if budget.needsCount { try countMemory() }
    }

    mutating func trackElement(_ instruction: Instruction) throws(JQError) -> Bool {
        let target = pointer(instruction.b).pointee
        guard case .array(var path) = pointer(instruction.b + 1).pointee.json else {
            throw JQError.raised(
                "Invalid path expression near attempt to iterate through \(Excerpt.of(target.json))")
        }
        guard case .integer(let counter) = registers[Int(instruction.c)].json else { return false }
        guard try nextElement(instruction) else { return false }
        if case .object(let members) = target.json {
            try extend(&path, by: .string(members[Int(counter)].key))
        } else {
            try extend(&path, by: .integer(counter))
        }
        registers[Int(instruction.a) + 1] = Slot(.array(path), height: 2)
        return true
    }

    mutating func trackGetPath(_ instruction: Instruction) throws(JQError) {
        let target = pointer(instruction.b).pointee
        let suffix = pointer(instruction.c).pointee.json
        guard case .array(var path) = pointer(instruction.b + 1).pointee.json else {
            throw JQError.raised("Invalid path expression with result \(Excerpt.of(target.json))")
        }
        let value = try Access.get(target.json, at: suffix, &budget)
        for key in suffix.array ?? [] { try extend(&path, by: key) }
        registers[Int(instruction.a)] = Slot(value, height: target.height)
        registers[Int(instruction.a) + 1] = Slot(.array(path), height: 2)
    }

    mutating func givePath(_ instruction: Instruction) throws(JQError) {
        let path = pointer(instruction.b + 1).pointee
        guard case .array = path.json else {
            throw JQError.raised(
                "Invalid path expression with result \(Excerpt.of(pointer(instruction.b).pointee.json))")
        }
        registers[Int(instruction.a)] = path
    }

    mutating func takePath(_ instruction: Instruction) throws(JQError) {
        hasBuilt = true
        let state = registers + Int(instruction.b)
        let height = state.pointee.height
        let path = pointer(instruction.c).pointee.json
        guard case .array(let keys) = path else { throw JQError.raised("Path must be specified as an array") }
        try Access.checkDepth(keys)
        try budget.spend(keys.count)
        let value = try Access.take(&state.pointee.json, keys[...], &budget)
        registers[Int(instruction.a)] = Slot(value, height: height)
    }

    mutating func setPath(_ instruction: Instruction) throws(JQError) {
        hasBuilt = true
        let value = take(instruction.c, instruction.flags & Instruction.consumesC != 0)
        guard case .array(let keys) = pointer(instruction.b).pointee.json else {
            throw JQError.raised("Path must be specified as an array")
        }
        try Access.checkDepth(keys)
        try budget.spend(keys.count)
        let state = registers + Int(instruction.a)
        try Access.set(&state.pointee.json, keys[...], to: value.json, &budget)
        state.pointee.height = max(state.pointee.height, value.height + Int32(keys.count))
        try checkHeight(state)
    }

    // MARK: Construction

    @inline(__always)
    mutating func append(_ instruction: Instruction) throws(JQError) {
        let value = take(instruction.b, instruction.flags & Instruction.consumesB != 0)
        let target = registers + Int(instruction.a)
        guard case .array(var elements) = target.pointee.json else { return }
        target.pointee.json = .null
        try budget.allocate(Budget.valueBytes)
        elements.append(value.json)
        target.pointee.json = .array(elements)
        target.pointee.height = max(target.pointee.height, value.height + 1)
        try checkHeight(target)
    }

    @inline(__always)
    mutating func insert(_ instruction: Instruction) throws(JQError) {
        let value = take(instruction.c, instruction.flags & Instruction.consumesC != 0)
        let target = registers + Int(instruction.a)
        let key = pointer(instruction.b).pointee.json
        guard case .string(let name) = key else {
            throw JQError.raised("Object keys must be strings")
        }
        guard case .object(var members) = target.pointee.json else { return }
        target.pointee.json = .null
        try budget.allocate(Budget.memberBytes)
        members[name] = value.json
        target.pointee.json = .object(members)
        target.pointee.height = max(target.pointee.height, value.height + 1)
        try checkHeight(target)
    }

    mutating func concatenate(_ instruction: Instruction) throws(JQError) {
        var text = ""
        for register in Int(instruction.b)..<Int(instruction.b + instruction.c) {
            if case .string(let part) = registers[register].json {
                try budget.allocate(part.utf8.count)
                text += part
            } else {
                text += try Text.json(registers[register].json, &budget)
            }
        }
        registers[Int(instruction.a)] = Slot(.string(text))
        if budget.needsCount { try countMemory() }
    }

    // MARK: Operators

    @inline(__always)
    mutating func add(_ instruction: Instruction) throws(JQError) {
        let left = pointer(instruction.b)
        let right = pointer(instruction.c)
        if case .integer(let first) = left.pointee.json, case .integer(let second) = right.pointee.json {
            let (sum, overflow) = first.addingReportingOverflow(second)
            if !overflow {
                registers[Int(instruction.a)] = Slot(.integer(sum))
                return
            }
        }
        try addSlowly(instruction)
    }

    private mutating func addSlowly(_ instruction: Instruction) throws(JQError) {
        hasBuilt = true
        let right = pointer(instruction.c).pointee
        let isConsumed = instruction.flags & Instruction.consumesB != 0
        var left = take(instruction.b, isConsumed)
        if !isConsumed { try budget.spendOnCopy(of: left.json) }
        try Arithmetic.add(&left.json, right.json, &budget)
        left.height = max(left.height, right.height)
        registers[Int(instruction.a)] = left
        try checkHeight(registers + Int(instruction.a))
    }

    mutating func calculate(_ instruction: Instruction) throws(JQError) {
        let left = pointer(instruction.b).pointee
        let right = pointer(instruction.c).pointee
        let value: JSONValue
        switch instruction.operation {
        case .subtract: value = try Arithmetic.subtract(left.json, right.json, &budget)
        case .multiply: value = try Arithmetic.multiply(left.json, right.json, &budget)
        case .divide: value = try Arithmetic.divide(left.json, right.json, &budget)
        default: value = try Arithmetic.remainder(left.json, right.json)
        }
        switch value {
        case .array, .object: hasBuilt = true
        default: break
        }
        registers[Int(instruction.a)] = Slot(value, height: max(left.height, right.height))
        if budget.needsCount { try countMemory() }
    }

    @inline(__always)
    mutating func compare(_ instruction: Instruction) throws(JQError) {
        let left = pointer(instruction.b)
        let right = pointer(instruction.c)
        let holds: Bool
        if case .integer(let first) = left.pointee.json, case .integer(let second) = right.pointee.json {
            holds =
                switch instruction.operation {
                case .equal: first == second
                case .notEqual: first != second
                case .less: first < second
                case .lessOrEqual: first <= second
                case .greater: first > second
                default: first >= second
                }
        } else {
            holds = try Order.holds(instruction.operation, left.pointee.json, right.pointee.json, &budget)
        }
        registers[Int(instruction.a)] = Slot(.bool(holds))
    }

    mutating func callBuiltin(_ instruction: Instruction) throws(JQError) {
        let input = take(instruction.b, instruction.flags & Instruction.consumesB != 0)
        var height = input.height
        let value: JSONValue
        switch Builtins.bodies[Int(instruction.c)] {
        case .unary(let body): value = try body(input.json, &budget)
        case .binary(let body):
            let argument = pointer(instruction.d).pointee
            height = max(height, argument.height)
            value = try body(input.json, argument.json, &budget)
        case .ternary(let body):
            let first = pointer(instruction.d).pointee
            let second = pointer(instruction.d + 1).pointee
            // The steps of `setpath` become levels.
            let steps = Int32(min(JSONValue.depthLimit, first.json.array?.count ?? 0))
            height = max(height, first.height, second.height) + steps
            value = try body(input.json, first.json, second.json, &budget)
        case .quaternary(let body):
            let first = pointer(instruction.d).pointee
            let second = pointer(instruction.d + 1).pointee
            let third = pointer(instruction.d + 2).pointee
            height = max(height, first.height, second.height, third.height)
            value = try body(input.json, first.json, second.json, third.json, &budget)
        }
        let target = registers + Int(instruction.a)
        switch value {
        case .array, .object:
            hasBuilt = true
            // No builtin wraps what it is given in more than two levels.
            target.pointee = Slot(value, height: height + 2)
        default: target.pointee = Slot(value)
        }
        try checkHeight(target)
    }

    // MARK: Limits and results

    mutating func cut(to label: borrowing Slot) {
        if case .integer(let height) = label.json { forkCount = min(forkCount, Int(height)) }
    }

    mutating func checkLimit(_ instruction: Instruction) throws(JQError) -> Bool {
        let order = try Order.compare(pointer(instruction.b).pointee.json, .integer(0), &budget)
        if order < 0 { throw JQError.raised("limit doesn't support negative count") }
        return order > 0
    }

    mutating func countLimit(_ instruction: Instruction) {
        guard case .integer(let count) = registers[Int(instruction.a)].json else { return }
        registers[Int(instruction.a)].json = .integer(count + 1)
        guard let limit = pointer(instruction.b).pointee.json.double, Double(count + 1) < limit else {
            return cut(to: registers[Int(instruction.c)])
        }
    }

    /// A result fit to leave: no deeper and no larger than allowed, every number finite.
    @inline(__always)
    mutating func finished(_ slot: Slot) throws(JQError) -> JSONValue {
        switch slot.json {
        case .null, .bool, .integer, .string: return slot.json
        case .double(let value): return value.isFinite ? slot.json : Number.finite(value)
        case .array, .object: return hasBuilt ? try checkedResult(slot.json) : slot.json
        }
    }

    /// Counts a result that the caller keeps while the program goes on.
    mutating func keep(_ result: JSONValue) throws(JQError) {
        guard hasBuilt else { return }
        resultBytes += try budget.size(of: result, limit: limits.memory)
        if resultBytes > limits.memory { throw Budget.outOfMemory }
    }

    private mutating func checkedResult(_ value: JSONValue) throws(JQError) -> JSONValue {
        var check = ResultCheck(limit: limits.memory)
        check.visit(value, depth: 1)
        try budget.spend(check.nodes >> 2)
        if check.isTooDeep { throw Budget.tooDeep }
        if check.size > limits.memory { throw Budget.outOfMemory }
        return check.hasNonFinite ? Number.finite(value) : value
    }
}

/// Looks at a result once; stops soon after it is found too large.
private struct ResultCheck {
    let limit: Int
    var nodes = 0
    var size = 0
    var isTooDeep = false
    var hasNonFinite = false

    init(limit: Int) { self.limit = limit }

    mutating func visit(_ value: JSONValue, depth: Int) {
        nodes += 1
        switch value {
        case .null, .bool, .integer: break
        case .double(let number): if !number.isFinite { hasNonFinite = true }
        case .string(let text): if text.utf8.count > 15 { size += text.utf8.count + 32 }
        case .array(let elements):
            size += 32 + elements.count * Budget.valueBytes
            if depth > JSONValue.depthLimit { isTooDeep = true }
            for element in elements where size <= limit && !isTooDeep { visit(element, depth: depth + 1) }
        case .object(let members):
            size += 32 + members.count * Budget.memberBytes
            if depth > JSONValue.depthLimit { isTooDeep = true }
            for member in members where size <= limit && !isTooDeep { visit(member.value, depth: depth + 1) }
        }
    }
}
