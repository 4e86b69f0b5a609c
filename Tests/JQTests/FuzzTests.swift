import JQ
import JSON
import Testing

/// Programs made at random must end: with results or with an error, never with a crash.
@Suite(.timeLimit(.minutes(5)))
struct FuzzTests {
    private static let limits = JQLimits(fuel: 20_000, memory: 1 << 20, depth: 200, outputs: 100)
    private static let input: JSONValue = [
        "a": [1, 2.5, "x", nil, true, ["b": []]], "b": ["c": "text é", "d": -3], "k": "a",
    ]

    @Test func randomBytesNeverCrashTheParser() {
        var random = SplitMix(seed: 1)
        let alphabet = Array(#".[]{}()|,:;"\/?@$#+-*%<>=!abcdefgimnorstu_0123456789 é"#.utf8) + [0, 10, 0xFF, 0xC3]
        for _ in 0..<2_000 {
            let bytes = (0..<random.below(40)).map { _ in alphabet[random.below(alphabet.count)] }
            run(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func randomProgramsNeverCrashTheMachine() {
        var random = SplitMix(seed: 2)
        for _ in 0..<2_000 {
            var generator = ProgramGenerator(random: random)
            run(generator.expression(depth: 4))
            random = generator.random
        }
    }

    @Test func mutatedProgramsNeverCrash() {
        var random = SplitMix(seed: 3)
        for _ in 0..<1000 {
            var generator = ProgramGenerator(random: random)
            var bytes = Array(generator.expression(depth: 3).utf8)
            random = generator.random
            for _ in 0..<3 where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(bytes[random.below(bytes.count)], at: place)
                default: bytes[place] = UInt8(random.below(128))
                }
            }
            run(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Twice: what a program gives depends on nothing else.
    private func run(_ text: String) {
        guard let program = try? JQProgram(compiling: text, variables: ["v"]) else { return }
        let results = (0..<2).map { _ in
            Result { try program.evaluate(Self.input, variables: [[1]], limits: Self.limits) }
        }
        switch (results[0], results[1]) {
        case (.success(let first), .success(let second)):
            #expect(first == second, "\(text)")
            for value in first { #expect((try? JSONValue(parsing: value.serialized())) == value, "\(text)") }
        case (.failure(let first), .failure(let second)): #expect("\(first)" == "\(second)", "\(text)")
        default: Issue.record("not deterministic: \(text)")
        }
    }
}

struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}

/// Programs that mostly compile.
private struct ProgramGenerator {
    var random: SplitMix

    private mutating func pick(_ choices: [String]) -> String { choices[random.below(choices.count)] }

    mutating func expression(depth: Int) -> String {
        guard depth > 0 else {
            return pick([
                ".", ".a", ".b.c", ".k", ".[0]", ".[]", ".[]?", "..", "$v", "1", "0", "-1", "2.5", "\"x\"", "null",
                "true",
                "[]", "{}", "empty", "error", "nan", "infinite", ".a[1:3]", "input_line", "length", "keys", "type",
                "not",
                "tostring", "tojson", "add", "sort", "unique", "reverse", "first", "last", "to_entries", "paths", "any",
                "flatten", "floor", "ascii_downcase", "explode", "min", "@base64", "@csv", "@sh", "@uri", "transpose",
            ])
        }
        let inner = { (generator: inout ProgramGenerator) in generator.expression(depth: depth - 1) }
        let first = inner(&self)
        let second = inner(&self)
        switch random.below(30) {
        case 0, 1: return "\(first) | \(second)"
        case 2: return "(\(first), \(second))"
        case 3: return "(\(first)) \(pick(["+", "-", "*", "/", "%", "==", "<", ">=", "and", "or", "//"])) (\(second))"
        case 4: return "[\(first)]"
        case 5: return "{a: (\(first)), (\"k\\(\(second))\"): 1}"
        case 6: return "(\(first)) \(pick(["=", "|=", "+=", "//=", "-="])) (\(second))"
        case 7: return "if \(first) then \(second) else \(inner(&self)) end"
        case 8: return "try (\(first)) catch (\(second))"
        case 9: return "(\(first))?"
        case 10: return "reduce (\(first)) as $x (\(second); \(inner(&self)))"
        case 11: return "foreach (\(first)) as [$x, $y] (\(second); \(inner(&self)); $x)"
        case 12: return "(\(first)) as $x | \(second)"
        case 13: return "(\(first)) as {a: $x, b: [$y]} ?// [$x, $y] ?// $x | \(second)"
        case 14: return "def f: \(first); \(second) | f"
        case 15: return "def f(g): \(first) | g; f(\(second))"
        case 16: return "def f($n): if \(first) then $n else f(\(second)) end; f(1)"
        case 17: return "label $l | (\(first)), break $l, (\(second))"
        case 18: return "path(\(first))"
        case 19: return "del(\(first))"
        case 20: return "[limit(3; \(first))]"
        case 21:
            return
                "\(pick(["first", "last", "isempty", "map", "select", "recurse", "walk", "any", "all", "add", "map_values", "with_entries", "sort_by", "group_by", "unique_by", "min_by", "paths", "pick", "until(true; .) | first", "to_entries | map"]))(\(first))"
        case 22: return "getpath(\(first))"
        case 23: return "setpath(\(first); \(second))"
        case 24: return "\"a\\(\(first))b\\(\(second))\""
        case 25: return "(\(first))[\(second)]"
        case 26: return "(\(first))[\(second):]"
        case 27:
            return
                "\(pick(["test", "split", "ltrimstr", "has", "contains", "index", "join", "startswith", "capture", "scan", "flatten", "range", "error", "tojson, in", "splits", "inside", "delpaths", "bsearch", "strftime", "nth", "combinations", "ltrimstr"]))(\(first))"
        case 28: return "[range(\(first); \(second))]"
        default: return "-(\(first))"
        }
    }
}
