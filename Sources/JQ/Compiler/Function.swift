import JSON

/// A function, a closure or the main program while it is compiled.
///
/// It has up to two bodies (values; values with paths). Both keep a variable in the same register, because the
/// closures inside, compiled once, read it there.
final class Function {
    let parent: Function?
    let body: Expression
    let parameters: [FunctionDefinition.Parameter]
    /// What the body sees, its own parameters included.
    var scope: Scope?
    var nextRegister: Int32
    var valueBlock: Int32?
    var pathBlock: Int32?
    /// Registers that functions inside read.
    var captured: Set<Int32> = []
    private var variables: [VariableSite: Int32] = [:]
    var closures: [ObjectIdentifier: Int32] = [:]
    var functions: [ObjectIdentifier: Function] = [:]

    /// A variable's name and the node that binds it.
    private struct VariableSite: Hashable {
        let node: ObjectIdentifier
        let name: String
    }

    /// The program itself: has no caller and only ever gives values.
    let isMain: Bool

    init(parent: Function?, parameters: [FunctionDefinition.Parameter], body: Expression, isMain: Bool = false) {
        self.isMain = isMain
        self.parent = parent
        self.parameters = parameters
        self.body = body
        nextRegister = Int32(parameters.count) + 2
    }

    /// Where the input comes in, behind the parameters; its path follows.
    var inputRegister: Int32 { Int32(parameters.count) }

    func register(of name: String, boundBy node: Expression) -> Int32 {
        let site = VariableSite(node: ObjectIdentifier(node), name: name)
        if let register = variables[site] { return register }
        let register = nextRegister
        nextRegister += 1
        variables[site] = register
        return register
    }

    /// How many frames out `function` is.
    func level(of function: Function) -> Int32 {
        var level: Int32 = 0
        var current = self
        while current !== function, let parent = current.parent {
            level += 1
            current = parent
        }
        return level
    }
}

/// What a name means, innermost first.
final class Scope {
    enum Meaning {
        /// An operand of the owner's frame, or one that is the same in every frame.
        case variable(Int32)
        case function(FunctionDefinition)
        /// A closure parameter.
        case closure(Int32)
        /// `name` of a `$name` parameter.
        case valueParameter(Int32)
        case label(Int32)
    }

    let name: String
    let meaning: Meaning
    let owner: Function
    let next: Scope?

    init(_ name: String, _ meaning: Meaning, owner: Function, next: Scope?) {
        self.name = name
        self.meaning = meaning
        self.owner = owner
        self.next = next
    }
}

extension Scope? {
    func first<T>(where select: (Scope) -> T?) -> T? {
        var current = self
        while let scope = current {
            if let found = select(scope) { return found }
            current = scope.next
        }
        return nil
    }
}

/// The code of one body, positions counted from its start.
struct BlockCode {
    let function: Function
    var instructions: [Instruction] = []
    /// Positions that can be entered again without what stands before them running again.
    var reentries: Set<Int> = []
    /// From a fork to where it resumes, where all in between ends there: seen from outside it runs once.
    var closedRegions: [Int: Int] = [:]
}
