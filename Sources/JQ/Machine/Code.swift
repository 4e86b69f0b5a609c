import JSON

/// A register: a value, and a bound of how many levels were built around what came from outside.
///
/// The bound keeps values from nesting without end: printing, comparing and even releasing them is recursive.
struct Slot {
    var json: JSONValue
    var height: Int32

    init(_ json: JSONValue, height: Int32 = 0) {
        self.json = json
        self.height = height
    }
}

/// A linked program; never changes.
final class Code: @unchecked Sendable {
    let instructions: UnsafeMutablePointer<Instruction>
    let constants: UnsafeMutablePointer<Slot>
    let blocks: [Block]
    let callSites: [CallSite]
    let callArguments: [CallArgument]
    let closures: [ClosureBlocks]
    /// Positions of the declared variables that are used, in the order of their operands.
    let variables: [Int]
    private let instructionCount: Int
    private let constantCount: Int

    init(
        instructions: [Instruction], blocks: [Block], constants: [JSONValue], callSites: [CallSite],
        callArguments: [CallArgument], closures: [ClosureBlocks], variables: [Int]
    ) {
        instructionCount = instructions.count
        constantCount = constants.count
        self.instructions = .allocate(capacity: max(1, instructions.count))
        self.constants = .allocate(capacity: max(1, constants.count))
        for (index, instruction) in instructions.enumerated() {
            (self.instructions + index).initialize(to: instruction)
        }
        for (index, constant) in constants.enumerated() { (self.constants + index).initialize(to: Slot(constant)) }
        self.blocks = blocks
        self.callSites = callSites
        self.callArguments = callArguments
        self.closures = closures
        self.variables = variables
    }

    deinit {
        instructions.deallocate()
        constants.deinitialize(count: constantCount)
        constants.deallocate()
    }
}
