/// Marks the operands whose value may be moved out of its register.
///
/// Without it every accumulator would be shared when it changes, and `reduce` would copy an array for each element
/// appended to it.
extension BlockCode {
    private struct Usage {
        var writes: [Int] = []
        var lastRead = -1
    }

    func optimized() -> [Instruction] {
        var usages: [Int32: Usage] = [:]
        for (position, instruction) in instructions.enumerated() {
            instruction.forEachRead { register in
                usages[register, default: Usage()].lastRead = position
            }
            if let register = instruction.written { usages[register, default: Usage()].writes.append(position) }
            if instruction.operation == .takePath { usages[instruction.b, default: Usage()].writes.append(position) }
        }
        usages[function.inputRegister, default: Usage()].writes.append(-1)
        var result = instructions
        for position in result.indices {
            let instruction = result[position]
            if instruction.operation.mayConsumeB, !instruction.readsBTwice,
                isDead(instruction.b, after: position, usages)
            {
                result[position].flags |= Instruction.consumesB
            }
            if instruction.operation.mayConsumeC, instruction.c != instruction.b,
                isDead(instruction.c, after: position, usages)
            {
                result[position].flags |= Instruction.consumesC
            }
        }
        return result
    }

    private func isDead(_ register: Int32, after position: Int, _ usages: [Int32: Usage]) -> Bool {
        guard register >= function.inputRegister, !function.captured.contains(register), let usage = usages[register],
            usage.lastRead == position, !usage.writes.isEmpty
        else { return false }
        return usage.writes.allSatisfy { $0 < position && runsOnce(from: $0, to: position) }
    }

    /// Whether control reaches `end` at most once for each time it passes `start`.
    private func runsOnce(from start: Int, to end: Int) -> Bool {
        guard end - start < 4096 else { return false }
        var position = start + 1
        while position <= end {
            if let resume = closedRegions[position], resume <= end {
                position = resume
                // The resume point itself is entered once, unless it is also something else's re-entry.
            }
            if reentries.contains(position) { return false }
            position += 1
        }
        return true
    }
}

extension Instruction {
    fileprivate var readsBTwice: Bool {
        switch operation {
        case .builtin1: b == d
        case .builtin2, .builtin3: b >= d
        default: false
        }
    }

    /// The register written, afresh or in place.
    fileprivate var written: Int32? {
        switch operation {
        case .fork, .backtrack, .jump, .jumpIfFalse, .jumpIfTrue, .requireTrue, .requireFalse, .cut, .breakOut,
            .limitCheck, .requireNumber, .raise, .giveBack, .output, .tryEnd, .clear:
            nil
        default: a
        }
    }

    fileprivate func forEachRead(_ body: (Int32) -> Void) {
        func read(_ operand: Int32) { if operand >= 0 { body(operand) } }
        switch operation {
        case .zero, .clear, .fork, .backtrack, .jump, .tryBegin, .alternativeBegin, .tryNone, .label, .newArray,
            .newObject,
            .loadOuter, .breakOut:
            break
        case .take, .move, .path, .pathOf, .requireNumber, .jumpIfFalse, .jumpIfTrue, .requireTrue, .requireFalse,
            .cut, .negate, .not, .truth, .builtin0, .raise, .giveBack, .output, .limitCheck, .call, .callClosure:
            read(b)
        case .index, .each, .trackIndex, .trackEach, .trackForeign, .trackGetPath, .range, .add, .subtract, .multiply,
            .divide, .remainder, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            read(b)
            read(c)
        case .takePath: read(c)
        case .slice, .trackSlice, .rangeBy:
            read(b)
            read(c)
            read(d)
        case .tryEnd: read(a)
        case .append: read(b)
        case .insert, .setPath:
            read(b)
            read(c)
        case .limitCount:
            read(a)
            read(b)
            read(c)
        case .concatenate: for register in b..<b + c { read(register) }
        case .builtin1, .builtin2, .builtin3:
            read(b)
            let count = Int32(operation.rawValue - Operation.builtin1.rawValue) + 1
            if count == 1 { read(d) } else { for register in d..<d + count { read(register) } }
        }
        guard flags & Instruction.tracksPaths != 0 else { return }
        switch operation {
        case .trackIndex, .trackSlice, .trackEach, .trackGetPath, .giveBack, .call, .callClosure, .pathOf: read(b + 1)
        case .trackForeign: read(c + 1)
        default: break
        }
    }
}

extension Operation {
    fileprivate var mayConsumeB: Bool {
        switch self {
        case .move, .append, .add, .giveBack, .output, .builtin0, .builtin1, .builtin2: true
        default: false
        }
    }

    fileprivate var mayConsumeC: Bool { self == .insert || self == .setPath }
}
