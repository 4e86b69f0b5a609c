import JSON

extension Machine {
    /// The next result, nil when there is none.
    mutating func next() throws(JQError) -> JSONValue? {
        while true {
            do throws(JQError) {
                return try run()
            } catch {
                guard case .runtime(let value) = error.kind else { throw error }
                guard handle(value) else { throw error }
            }
        }
    }

    /// Goes on after a result was given.
    mutating func resume() throws(JQError) -> JSONValue? {
        backtrack() ? try next() : nil
    }

    private mutating func run() throws(JQError) -> JSONValue? {
        while true {
            let instruction = code.instructions[position]
            position &+= 1
            try budget.step()
            switch instruction.operation {
            case .move:
                let value = take(instruction.b, instruction.flags & Instruction.consumesB != 0)
                registers[Int(instruction.a)] = value
            case .take:
                let value = take(instruction.b, true)
                registers[Int(instruction.a)] = value
            case .clear: for register in instruction.a..<instruction.b { registers[Int(register)] = Slot(.null) }
            case .zero: registers[Int(instruction.a)] = Slot(.integer(0))
            case .path: if try !followPath(instruction), !backtrack() { return nil }
            case .index:
                let target = pointer(instruction.b)
                let value = try Access.index(target.pointee.json, pointer(instruction.c).pointee.json, &budget)
                registers[Int(instruction.a)] = Slot(value, height: max(0, target.pointee.height - 1))
            case .slice:
                let target = pointer(instruction.b)
                let value = try Access.slice(
                    target.pointee.json, pointer(instruction.c).pointee.json, pointer(instruction.d).pointee.json,
                    &budget)
                registers[Int(instruction.a)] = Slot(value, height: max(0, target.pointee.height - 1))
            case .each: if try !nextElement(instruction), !backtrack() { return nil }
            case .trackIndex, .trackSlice: try trackStep(instruction)
            case .trackEach: if try !trackElement(instruction), !backtrack() { return nil }
            case .trackForeign:
                let value = pointer(instruction.b).pointee
                let path =
                    Access.isSameScalar(value.json, pointer(instruction.c).pointee.json)
                    ? pointer(instruction.c + 1).pointee : Slot(.null)
                registers[Int(instruction.a)] = value
                registers[Int(instruction.a) + 1] = path
            case .trackGetPath: try trackGetPath(instruction)
            case .pathOf: try givePath(instruction)
            case .range: if try !nextNumber(instruction), !backtrack() { return nil }
            case .rangeBy: if try !nextNumberBy(instruction), !backtrack() { return nil }
            case .requireNumber:
                switch pointer(instruction.b).pointee.json {
                case .integer, .double: break
                default: throw JQError.raised("Range bounds must be numeric")
                }

            case .fork: try pushFork(at: Int(instruction.c))
            case .backtrack: if !backtrack() { return nil }
            case .jump: position = Int(instruction.c)
            case .jumpIfFalse: if !pointer(instruction.b).pointee.json.isTrue { position = Int(instruction.c) }
            case .jumpIfTrue: if pointer(instruction.b).pointee.json.isTrue { position = Int(instruction.c) }
            case .requireTrue: if !pointer(instruction.b).pointee.json.isTrue, !backtrack() { return nil }
            case .requireFalse: if pointer(instruction.b).pointee.json.isTrue, !backtrack() { return nil }
            case .tryBegin:
                registers[Int(instruction.a)] = Slot(.integer(Int64(forkCount)))
                try pushFork(.attempt, register: instruction.a, at: Int(instruction.c))
            case .alternativeBegin:
                registers[Int(instruction.a)] = Slot(.integer(Int64(forkCount)))
                try pushFork(.alternative, register: instruction.a, at: Int(instruction.c))
            case .tryEnd: try endAttempt(instruction.a)
            case .tryNone: registers[Int(instruction.a)] = Slot(.integer(-1))
            case .label: registers[Int(instruction.a)] = Slot(.integer(Int64(forkCount)))
            case .cut: cut(to: registers[Int(instruction.b)])
            case .breakOut:
                cut(to: stack[Int(frames[outer(instruction.c)].base) + Int(instruction.b)])
                if !backtrack() { return nil }
            case .limitCheck: if try !checkLimit(instruction), !backtrack() { return nil }
            case .limitCount: countLimit(instruction)

            case .newArray:
                hasBuilt = true
                registers[Int(instruction.a)] = Slot(.array([]))
            case .append: try append(instruction)
            case .newObject:
                hasBuilt = true
                registers[Int(instruction.a)] = Slot(.object(JSONObject()))
            case .insert: try insert(instruction)
            case .concatenate: try concatenate(instruction)

            case .add: try add(instruction)
            case .subtract, .multiply, .divide, .remainder: try calculate(instruction)
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: try compare(instruction)
            case .negate:
                let value = try Arithmetic.negate(pointer(instruction.b).pointee.json)
                registers[Int(instruction.a)] = Slot(value)
            case .not:
                let isTrue = pointer(instruction.b).pointee.json.isTrue
                registers[Int(instruction.a)] = Slot(.bool(!isTrue))
            case .truth:
                let isTrue = pointer(instruction.b).pointee.json.isTrue
                registers[Int(instruction.a)] = Slot(.bool(isTrue))

            case .builtin0, .builtin1, .builtin2, .builtin3: try callBuiltin(instruction)
            case .raise:
                raisedHeight = pointer(instruction.b).pointee.height
                throw JQError(raising: pointer(instruction.b).pointee.json)
            case .takePath: try takePath(instruction)
            case .setPath: try setPath(instruction)
            case .call:
                let site = code.callSites[Int(instruction.c)]
                try call(
                    code.blocks[Int(site.block)], link: site.level < 0 ? 0 : outer(site.level),
                    arguments: site.arguments, instruction)
            case .callClosure: try callClosure(instruction)
            case .giveBack: giveBack(instruction)
            case .loadOuter:
                registers[Int(instruction.a)] = stack[Int(frames[outer(instruction.b)].base) + Int(instruction.c)]
            case .output:
                return try finished(take(instruction.b, instruction.flags & Instruction.consumesB != 0))
            }
        }
    }
}
