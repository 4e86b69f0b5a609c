/// One step of the machine; plain bytes, so that running it counts no references.
///
/// `a` is the register written. Operands `b`, `c`, `d` name registers of the frame (≥ 0), constants (`~index`) or the
/// program's variables (from `Int32.min` up).
struct Instruction {
    var operation: Operation
    var flags: UInt8 = 0
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var d: Int32 = 0

    /// The operand's register is not read again: its value may be moved out, so that it changes in place.
    static let consumesB: UInt8 = 1
    static let consumesC: UInt8 = 2
    /// Values go with their paths: register `r + 1` holds the path of register `r`.
    static let tracksPaths: UInt8 = 4
    /// A type error ends this branch instead of raising.
    static let isOptional: UInt8 = 8
    /// A type error gives null.
    static let isLenient: UInt8 = 16
    /// Nothing of this frame is needed after the call.
    static let isTail: UInt8 = 32
}

enum Operation: UInt8 {
    /// a ← b
    case move
    /// a ← b, which becomes null
    case take
    /// a ← 0
    case zero
    /// registers a ..< b ← null
    case clear
    /// a ← b[constants c ..< c + d]
    case path
    /// a ← b[c]
    case index
    /// a ← b[c:d]
    case slice
    /// a ← the next element of b; c counts
    case each
    /// a, path ← b[c]
    case trackIndex
    /// a, path ← b[c:d]
    case trackSlice
    /// a, path ← the next element of b; c counts
    case trackEach
    /// a ← b, which has no path unless it is the very value of c
    case trackForeign
    /// a, path ← the value at path c below b
    case trackGetPath
    /// a ← the path of b; raises where there is none
    case pathOf
    /// a ← the next number from counter b up to c
    case range
    /// a ← the next number from counter b to c by d
    case rangeBy
    /// raises unless b is a number
    case requireNumber

    /// Go on at c when all that follows is exhausted.
    case fork
    case backtrack
    case jump
    case jumpIfFalse
    case jumpIfTrue
    /// End this branch unless b is true (neither false nor null).
    case requireTrue
    case requireFalse
    /// Errors up to the matching `tryEnd` go to c with the error in a.
    case tryBegin
    /// As `tryBegin`; goes to c also when exhausted.
    case alternativeBegin
    case tryEnd
    /// a ← no `try`
    case tryNone
    /// a ← the height of the fork stack
    case label
    /// Drop the forks above the label in b.
    case cut
    /// Leave for the label in register b of the frame c levels out.
    case breakOut
    /// Raise b unless it is a count ≥ 0; end the branch if it is 0.
    case limitCheck
    /// Count in a; after b results cut to the label c.
    case limitCount

    case newArray
    /// a.append(b)
    case append
    case newObject
    /// a[b] = c
    case insert
    /// a ← text of the registers b ..< b + c
    case concatenate

    case add, subtract, multiply, divide, remainder
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case negate
    case not
    case truth

    /// a ← builtin c of b (of b, d; of b, d, d + 1; …)
    case builtin0, builtin1, builtin2, builtin3
    /// Raise b.
    case raise

    /// a ← the value at path c of b, where null stays behind
    case takePath
    /// a[path b] = c
    case setPath

    /// a ← call site c with input b
    case call
    /// a ← the closure in register d of the frame c levels out, with input b
    case callClosure
    /// Give b to the caller.
    case giveBack
    /// a ← register c of the frame b levels out
    case loadOuter
    /// A result of the program.
    case output
}

/// What a call passes.
enum CallArgument {
    /// A closure over the calling frame.
    case closure(Int32)
    /// The closure that the calling function, `level` frames out, was given itself.
    case forward(level: Int32, register: Int32)
    case value(Int32)
}

struct CallSite {
    var block: Int32
    /// How many frames out the callee was defined; −1 for one that sees no frame.
    var level: Int32
    var arguments: Range<Int>
}

/// A closure's two bodies: giving values, or values with their paths.
struct ClosureBlocks {
    var value: Int32
    var path: Int32
}

struct Block {
    var entry: Int32
    var registers: Int32
    var parameters: Int32
}
