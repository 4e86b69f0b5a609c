import JSON

/// Where an expression's input or result is: a register or another operand, in path mode with its path beside it.
struct Flow {
    var value: Int32
    var tracksPaths = false
}

/// Turns the syntax tree into instructions for `Machine`.
///
/// Every intermediate result has a register of its own, written in one place. So a fork need not save any: whatever
/// ran before it still stands in the frame when it is resumed. A result's code is emitted once, in line; what can
/// give several results leaves forks behind.
struct Compiler {
    let text: [UInt8]
    let variables: [String]
    private(set) var usedVariables: [Int] = []
    private(set) var constants: [JSONValue] = []
    private var stringConstants: [String: Int32] = [:]
    private(set) var callSites: [CallSite] = []
    private(set) var callArguments: [CallArgument] = []
    private(set) var closures: [ClosureBlocks] = []
    private var blocks: [BlockCode?] = []
    private var pending: [(function: Function, tracksPaths: Bool, block: Int32)] = []
    private var preludeFunctions: [String: Function] = [:]
    private var singles: [ObjectIdentifier: Bool] = [:]
    /// Nodes made up while compiling; kept so that no two share an identity.
    private var synthetic: [Expression] = []
    private var emitted = 0

    /// The block under construction.
    var code: BlockCode
    var function: Function { code.function }

    private static let instructionLimit = 200_000

    static func compile(_ text: String, variables: [String]) throws(JQError) -> Code {
        let program = try Parser.parse(text)
        let main = Function(parent: nil, parameters: [], body: program, isMain: true)
        var compiler = Compiler(text: Array(text.utf8), variables: variables, main: main)
        compiler.request(main, tracksPaths: false)
        while let next = compiler.pending.popLast() {
            compiler.code = BlockCode(function: next.function)
            try compiler.compileBody(tracksPaths: next.tracksPaths)
            compiler.blocks[Int(next.block)] = compiler.code
        }
        return compiler.link()
    }

    private init(text: [UInt8], variables: [String], main: Function) {
        self.text = text
        self.variables = variables
        code = BlockCode(function: main)
    }

    private mutating func compileBody(tracksPaths: Bool) throws(JQError) {
        let isMain = function.isMain
        let input = Flow(value: function.inputRegister, tracksPaths: tracksPaths)
        let result = try generate(function.body, input, function.scope, isTail: !isMain)
        emit(isMain ? .output : .giveBack, b: result.value, flags: flags(result))
        if isMain { emit(.backtrack) }
    }

    /// The block of a body, compiled now or later.
    @discardableResult
    mutating func request(_ function: Function, tracksPaths: Bool) -> Int32 {
        if let block = tracksPaths ? function.pathBlock : function.valueBlock { return block }
        let block = Int32(blocks.count)
        blocks.append(nil)
        if tracksPaths { function.pathBlock = block } else { function.valueBlock = block }
        pending.append((function, tracksPaths, block))
        return block
    }

    private func link() -> Code {
        var instructions: [Instruction] = []
        var table: [Block] = []
        for case let block? in blocks {
            let start = Int32(instructions.count)
            table.append(
                Block(
                    entry: start, registers: block.function.nextRegister,
                    parameters: Int32(block.function.parameters.count)))
            for var instruction in block.optimized() {
                if instruction.operation.hasTarget { instruction.c += start }
                instructions.append(instruction)
            }
        }
        return Code(
            instructions: instructions, blocks: table, constants: constants, callSites: callSites,
            callArguments: callArguments, closures: closures, variables: usedVariables)
    }

    // MARK: Emitting

    @discardableResult
    mutating func emit(
        _ operation: Operation, a: Int32 = 0, b: Int32 = 0, c: Int32 = 0, d: Int32 = 0, flags: UInt8 = 0
    ) -> Int {
        code.instructions.append(Instruction(operation: operation, flags: flags, a: a, b: b, c: c, d: d))
        emitted += 1
        if operation.isGenerator { code.reentries.insert(code.instructions.count - 1) }
        if operation == .call || operation == .callClosure { code.reentries.insert(code.instructions.count) }
        return code.instructions.count - 1
    }

    func flags(_ flow: Flow) -> UInt8 { flow.tracksPaths ? Instruction.tracksPaths : 0 }

    mutating func newRegister() -> Int32 {
        function.nextRegister += 1
        return function.nextRegister - 1
    }

    mutating func newFlow(like flow: Flow) -> Flow {
        let register = newRegister()
        if flow.tracksPaths { _ = newRegister() }
        return Flow(value: register, tracksPaths: flow.tracksPaths)
    }

    mutating func move(_ source: Flow, to target: Flow, by operation: Operation = .move) {
        emit(operation, a: target.value, b: source.value)
        if target.tracksPaths { emit(operation, a: target.value + 1, b: source.value + 1) }
    }

    mutating func result(_ operation: Operation, b: Int32 = 0, c: Int32 = 0, d: Int32 = 0, flags: UInt8 = 0) -> Int32 {
        let register = newRegister()
        emit(operation, a: register, b: b, c: c, d: d, flags: flags)
        return register
    }

    mutating func constant(_ value: JSONValue) -> Int32 {
        if case .string(let text) = value, let known = stringConstants[text], constants[Int(~known)] == value {
            return known
        }
        constants.append(value)
        let operand = ~Int32(constants.count - 1)
        if case .string(let text) = value { stringConstants[text] = operand }
        return operand
    }

    /// Points a jump or fork at the next instruction. `isClosed`: all code since the fork ends by backtracking.
    mutating func land(_ position: Int, isClosed: Bool = false) {
        let target = code.instructions.count
        code.instructions[position].c = Int32(target)
        guard code.instructions[position].operation.isFork else { return }
        if isClosed { code.closedRegions[position] = target } else { code.reentries.insert(target) }
    }

    func checkSize(at expression: Expression) throws(JQError) {
        if emitted > Self.instructionLimit { throw error("the program is too large", at: expression) }
    }

    mutating func addCallSite(block: Int32, level: Int32, arguments: [CallArgument]) -> Int32 {
        let start = callArguments.count
        callArguments += arguments
        callSites.append(CallSite(block: block, level: level, arguments: start..<callArguments.count))
        return Int32(callSites.count - 1)
    }

    mutating func addClosure(_ blocks: ClosureBlocks) -> Int32 {
        closures.append(blocks)
        return Int32(closures.count - 1)
    }

    mutating func addPathConstants(_ keys: [JSONValue]) -> Int32 {
        constants += keys
        return Int32(constants.count - keys.count)
    }

    mutating func useVariable(_ index: Int) -> Int32 {
        if let position = usedVariables.firstIndex(of: index) { return Int32.min + Int32(position) }
        usedVariables.append(index)
        return Int32.min + Int32(usedVariables.count - 1)
    }

    mutating func prelude(_ definition: FunctionDefinition) -> Function {
        if let function = preludeFunctions[definition.signature] { return function }
        let function = Function(parent: nil, parameters: definition.parameters, body: definition.body)
        function.scope = Self.parameterScope(of: function, outer: nil)
        preludeFunctions[definition.signature] = function
        return function
    }

    static func parameterScope(of function: Function, outer: Scope?) -> Scope? {
        var scope = outer
        for (index, parameter) in function.parameters.enumerated() {
            let register = Int32(index)
            if parameter.isValue {
                scope = Scope(parameter.name, .variable(register), owner: function, next: scope)
                scope = Scope(parameter.name, .valueParameter(register), owner: function, next: scope)
            } else {
                scope = Scope(parameter.name, .closure(register), owner: function, next: scope)
            }
        }
        return scope
    }

    mutating func node(_ kind: Expression.Kind, at expression: Expression) -> Expression {
        let node = Expression(kind, at: expression.offset)
        synthetic.append(node)
        return node
    }

    mutating func memoizedSingle(_ expression: Expression, _ compute: (inout Compiler) -> Bool) -> Bool {
        let key = ObjectIdentifier(expression)
        if let known = singles[key] { return known }
        let result = compute(&self)
        singles[key] = result
        return result
    }

    func error(_ message: String, at expression: Expression) -> JQError {
        JQError(compile: message, offset: min(expression.offset, text.count), in: text)
    }
}

extension Operation {
    var isFork: Bool { self == .fork || self == .tryBegin || self == .alternativeBegin }
    var hasTarget: Bool { isFork || self == .jump || self == .jumpIfFalse || self == .jumpIfTrue }
    var isGenerator: Bool {
        switch self {
        case .each, .trackEach, .range, .rangeBy: true
        default: false
        }
    }
}
