import JSON

/// Runs a program by backtracking: a step that may go on differently later leaves a fork; when a branch is exhausted,
/// the newest fork is resumed.
///
/// Frames and forks live on stacks of the machine's own, so that a program's recursion never uses the thread's stack.
/// A frame stays while a fork may return into it. Nothing here depends on time, hashing order or addresses.
struct Machine: ~Copyable {
    struct Fork {
        enum Kind: UInt8 {
            case resume
            /// Catches errors into `register`.
            case attempt
            /// Catches errors, and is resumed too.
            case alternative
            /// The `attempt` at index `position` is over for what comes after.
            case ended
        }

        var kind: Kind
        var register: Int32
        var position: Int32
        var frame: Int32
        var frameCount: Int32
        var stackTop: Int32
    }

    struct Frame {
        var base: Int32
        var returnPosition: Int32
        var returnRegister: Int32
        var caller: Int32
        /// The frame of the function around this one.
        var link: Int32
        /// The height of the fork stack at the call.
        var forkCount: Int32
    }

    let code: Code
    let limits: JQLimits
    var budget: Budget
    /// Whether values were made, not only picked.
    var hasBuilt = false
    /// What the results given so far take.
    var resultBytes = 0
    /// The height of what the program raises itself.
    var raisedHeight: Int32 = 0

    var position: Int
    var stack: UnsafeMutablePointer<Slot>
    var stackTop: Int
    private var stackCapacity: Int
    var registers: UnsafeMutablePointer<Slot>

    var frames: UnsafeMutablePointer<Frame>
    var frameCount: Int
    var frame: Int
    private var frameCapacity: Int

    private var forks: UnsafeMutablePointer<Fork>?
    var forkCount = 0
    private var forkCapacity = 0

    init(_ code: Code, input: JSONValue, variables: [JSONValue], limits: JQLimits) {
        self.code = code
        self.limits = limits
        budget = Budget(limits)
        let main = code.blocks[0]
        let base = code.variables.count
        stackTop = base + Int(main.registers)
        stackCapacity = stackTop + (code.blocks.count > 1 ? 256 : 0)
        stack = .allocate(capacity: stackCapacity)
        stack.initialize(repeating: Slot(.null), count: stackTop)
        for (index, variable) in code.variables.enumerated() where variable < variables.count {
            stack[index].json = variables[variable]
        }
        registers = stack + base
        registers[Int(main.parameters)].json = input
        frameCapacity = code.blocks.count > 1 ? 32 : 1
        frames = .allocate(capacity: frameCapacity)
        frames[0] = Frame(
            base: Int32(base), returnPosition: 0, returnRegister: 0, caller: 0, link: 0, forkCount: 0)
        frameCount = 1
        frame = 0
        position = Int(main.entry)
    }

    deinit {
        stack.deinitialize(count: stackTop)
        stack.deallocate()
        frames.deallocate()
        forks?.deallocate()
    }

    @inline(__always)
    func pointer(_ operand: Int32) -> UnsafeMutablePointer<Slot> {
        if operand >= 0 { return registers + Int(operand) }
        if operand > -0x4000_0000 { return code.constants + Int(~operand) }
        return stack + Int(operand &- Int32.min)
    }

    /// The operand's slot, moved out of its register where it is not needed any more.
    @inline(__always)
    func take(_ operand: Int32, _ isConsumed: Bool) -> Slot {
        let source = pointer(operand)
        guard isConsumed else { return source.pointee }
        let slot = source.move()
        source.initialize(to: Slot(.null))
        return slot
    }

    // MARK: Forks

    @inline(__always)
    mutating func pushFork(_ kind: Fork.Kind = .resume, register: Int32 = 0, at position: Int) throws(JQError) {
        if forkCount == forkCapacity { try growForks() }
        // A capacity above zero means that the buffer exists.
        forks.unsafelyUnwrapped[forkCount] = Fork(
            kind: kind, register: register, position: Int32(truncatingIfNeeded: position),
            frame: Int32(truncatingIfNeeded: frame), frameCount: Int32(truncatingIfNeeded: frameCount),
            stackTop: Int32(truncatingIfNeeded: stackTop))
        forkCount &+= 1
    }

    private mutating func growForks() throws(JQError) {
        let capacity = max(8, forkCapacity * 2)
        guard capacity * MemoryLayout<Fork>.stride <= limits.memory, capacity < 1 << 30 else {
            throw Budget.outOfMemory
        }
        let grown = UnsafeMutablePointer<Fork>.allocate(capacity: capacity)
        if let forks {
            grown.moveInitialize(from: forks, count: forkCount)
            forks.deallocate()
        }
        forks = grown
        forkCapacity = capacity
    }

    /// Resumes the newest fork; false when none is left.
    @inline(__always)
    mutating func backtrack() -> Bool {
        while forkCount > 0, let forks {
            forkCount &-= 1
            let fork = forks[forkCount]
            if fork.kind == .resume || fork.kind == .alternative {
                restore(fork)
                return true
            }
        }
        return false
    }

    @inline(__always)
    private mutating func restore(_ fork: Fork) {
        position = Int(fork.position)
        if fork.frame == frame, fork.stackTop == stackTop { return }
        unwind(frame: Int(fork.frame), frameCount: Int(fork.frameCount), stackTop: Int(fork.stackTop))
    }

    mutating func unwind(frame: Int, frameCount: Int, stackTop: Int) {
        if stackTop < self.stackTop { (stack + stackTop).deinitialize(count: self.stackTop - stackTop) }
        self.stackTop = stackTop
        self.frameCount = frameCount
        enter(frame)
    }

    @inline(__always)
    mutating func enter(_ frame: Int) {
        self.frame = frame
        registers = stack + Int(frames[frame].base)
    }

    /// Hands an error to the innermost `try` around what raised it; false when there is none.
    mutating func handle(_ error: JSONValue) -> Bool {
        guard let forks else { return false }
        var index = forkCount
        while index > 0 {
            index -= 1
            let fork = forks[index]
            switch fork.kind {
            case .resume: continue
            case .ended: index = Int(fork.position)
            case .attempt, .alternative:
                forkCount = index
                restore(fork)
                registers[Int(fork.register)] = Slot(error, height: raisedHeight)
                raisedHeight = 0
                return true
            }
        }
        forkCount = 0
        return false
    }

    mutating func endAttempt(_ register: Int32) throws(JQError) {
        guard case .integer(let index) = registers[Int(register)].json, index >= 0 else { return }
        if Int(index) == forkCount - 1 {
            forkCount -= 1
        } else {
            try pushFork(.ended, at: Int(index))
        }
    }

    // MARK: Frames

    func outer(_ level: Int32) -> Int {
        var result = frame
        for _ in 0..<level { result = Int(frames[result].link) }
        return result
    }

    private mutating func reserveStack(_ count: Int) throws(JQError) {
        let needed = stackTop + count
        guard needed > stackCapacity else { return }
        let capacity = max(needed, stackCapacity * 2)
        guard capacity * MemoryLayout<Slot>.stride <= limits.memory, capacity < 1 << 30 else {
            throw Budget.outOfMemory
        }
        let grown = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        grown.moveInitialize(from: stack, count: stackTop)
        stack.deallocate()
        stack = grown
        stackCapacity = capacity
        registers = stack + Int(frames[frame].base)
    }

    private mutating func reserveFrame() throws(JQError) {
        guard frameCount < limits.depth else {
            throw JQError(.depth, "the expression calls functions nested deeper than \(limits.depth)")
        }
        guard frameCount == frameCapacity else { return }
        let capacity = max(32, frameCapacity * 2)
        let grown = UnsafeMutablePointer<Frame>.allocate(capacity: capacity)
        grown.moveInitialize(from: frames, count: frameCount)
        frames.deallocate()
        frames = grown
        frameCapacity = capacity
    }

    /// Enters a block; the new frame takes this one's place where nothing can come back to it.
    mutating func call(
        _ block: Block, link: Int, arguments: Range<Int>, _ instruction: Instruction
    ) throws(JQError) {
        let count = Int(block.registers)
        try budget.spend(4 + count >> 2)
        try reserveStack(count)
        let slots = stack + stackTop
        slots.initialize(repeating: Slot(.null), count: count)
        for (index, argument) in arguments.enumerated() {
            switch code.callArguments[argument] {
            case .value(let operand): slots[index] = pointer(operand).pointee
            case .closure(let closure):
                slots[index].json = .integer(Int64(closure) << 32 | Int64(frame))
            case .forward(let level, let register):
                slots[index].json = stack[Int(frames[outer(level)].base) + Int(register)].json
            }
        }
        let parameters = Int(block.parameters)
        slots[parameters] = pointer(instruction.b).pointee
        if instruction.flags & Instruction.tracksPaths != 0 {
            slots[parameters + 1] = pointer(instruction.b + 1).pointee
        }
        let current = frames[frame]
        if instruction.flags & Instruction.isTail != 0, Int(current.forkCount) == forkCount {
            let base = stack + Int(current.base)
            base.deinitialize(count: stackTop - Int(current.base))
            base.moveInitialize(from: slots, count: count)
            stackTop = Int(current.base) + count
            frames[frame].link = Int32(link)
            frameCount = frame + 1
            registers = base
        } else {
            try enterNewFrame(link: link, count: count, instruction)
        }
        position = Int(block.entry)
    }

    private mutating func enterNewFrame(link: Int, count: Int, _ instruction: Instruction) throws(JQError) {
        let base = stackTop
        // From here on the slots belong to the stack, whatever is thrown.
        stackTop += count
        try reserveFrame()
        frames[frameCount] = Frame(
            base: Int32(base), returnPosition: Int32(position), returnRegister: instruction.a, caller: Int32(frame),
            link: Int32(link), forkCount: Int32(forkCount))
        frame = frameCount
        frameCount += 1
        registers = stack + base
    }

    mutating func callClosure(_ instruction: Instruction) throws(JQError) {
        let holder = Int(frames[outer(instruction.c)].base) + Int(instruction.d)
        guard case .integer(let closure) = stack[holder].json else { return }
        let blocks = code.closures[Int(closure >> 32)]
        let block = instruction.flags & Instruction.tracksPaths != 0 ? blocks.path : blocks.value
        try call(code.blocks[Int(block)], link: Int(closure & 0xFFFF_FFFF), arguments: 0..<0, instruction)
    }

    mutating func giveBack(_ instruction: Instruction) {
        let value = take(instruction.b, instruction.flags & Instruction.consumesB != 0)
        let tracksPaths = instruction.flags & Instruction.tracksPaths != 0
        let path = tracksPaths ? pointer(instruction.b + 1).pointee : Slot(.null)
        let current = frames[frame]
        if Int(current.forkCount) == forkCount {
            unwind(frame: Int(current.caller), frameCount: frame, stackTop: Int(current.base))
        } else {
            enter(Int(current.caller))
        }
        registers[Int(current.returnRegister)] = value
        if tracksPaths { registers[Int(current.returnRegister) + 1] = path }
        position = Int(current.returnPosition)
    }

    // MARK: Limits

    /// Counts the bytes that all registers hold.
    mutating func countMemory() throws(JQError) {
        var alive = 0
        for index in 0..<stackTop where alive <= limits.memory {
            alive += try budget.size(of: stack[index].json, limit: limits.memory - alive)
        }
        try budget.count(alive: alive)
    }

    /// Keeps the bound of a value's depth; looks at the value only when the bound says too much.
    @inline(__always)
    mutating func checkHeight(_ slot: UnsafeMutablePointer<Slot>) throws(JQError) {
        if slot.pointee.height > 512 { try measureHeight(slot) }
        if budget.needsCount { try countMemory() }
    }

    private mutating func measureHeight(_ slot: UnsafeMutablePointer<Slot>) throws(JQError) {
        _ = try budget.size(of: slot.pointee.json, limit: limits.memory)
        if slot.pointee.json.exceedsDepth() { throw Budget.tooDeep }
        slot.pointee.height = 0
    }
}
