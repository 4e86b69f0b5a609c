import JQ
import JSON
import Testing

@Suite(.timeLimit(.minutes(5)))
struct LimitTests {
    /// Programs that would never end, or fill the memory, or overflow the stack.
    private static let hostile: [String] = [
        "[range(1e9)]", "last(range(1e12))", "\"x\" * 1e9", "\"x\" * 2e9", "[limit(1e12; repeat(1))]",
        "until(false; .)",
        "[while(true; . + 1)]", "def f: f; f", "def f: 1 + f; f", "def f: [f]; f", "def f: f, f; f", "def f: f | f; f",
        "def f(x): f(x, x); f(1)", "def f(x): f(x | x); f(.)", "def f: def g: f; g; f", "def f($n): f($n + 1); f(0)",
        "reduce range(100) as $i (\"x\"; . + .)", "reduce range(100) as $i ([1]; [., .])",
        "reduce range(100) as $i ([1]; . + .)", "reduce range(100) as $i ({}; {a: ., b: .}) | tojson",
        "reduce range(60) as $i (1; [., .]) | . == .", "reduce range(60) as $i (1; [., .]) | flatten",
        "reduce range(60) as $i (1; [., .]) | [..] | length", "reduce range(1e6) as $i ([]; [.])",
        "reduce range(1e6) as $i ({}; {a: .})", "reduce range(1e6) as $i (null; [.] | to_entries)",
        "reduce range(1e6) as $i (null; setpath([0, \"a\"]; .))", "reduce range(1e6) as $i (0; try error([.]) catch .)",
        "reduce range(1e6) as $i ([]; . as [$x] | [[., $x]])", ".[1e8] = 1", ".[536870911] = 1",
        "[.[1e7, 2e7, 3e7] = 1]",
        "[range(1000)] | combinations(6)",
        "[range(1e5)] | [combinations(1)] | [.[], .[], .[]] | map([., .]) | tojson | length",
        "[range(3000)] | . - map(-.) | length", "[range(100000) | tostring] | map(ascii_downcase * 1000) | join(\",\")",
        "\"a\" * 100000 | [match(\"(a|aa)+$\"; \"g\")]",
        "[range(1e6)] | map((\"a\" * 30) + \"b\" | test(\"^(a|aa)+$\")) | length",
        "\"ab\" * 1e5 | [splits(\"a\") | splits(\"b\")] | length", "[range(1e5)] | indices([range(5e4)])",
        "\"a\" * 1e6 | indices(\"a\" * 5e5)", "reduce range(1e6) as $i ({}; .[\"k\\($i)\"] = {v: $i})",
        "[recurse(.; true)]", "[recurse([.])]", "path(repeat(.a))", "path(last(recurse(.a)))", "[paths(repeat(.))]",
        "walk([.])", "[.] | walk([., .]) | walk([., .])", "def f: try error catch f; f", "label $x | repeat(1) | empty",
        "[range(1e6)] | sort_by(-.) | group_by(. % 7) | map(length)", "limit(1e9; range(1e9)) | empty",
        "[range(1e4)] | transpose", "[range(1e4) | [range(1e4)]] | transpose",
        "\"%s\" * 1e6 | . as $f | 0 | strftime($f)",
        "[1e6, 1e6] | @csv * 1e8", "\"a\" * 1e7 | explode | implode | @base64 | @uri | @html | @sh | length",
    ]

    @Test(arguments: hostile)
    func hostileProgramEndsWithinItsLimits(program: String) throws {
        let limits = JQLimits(fuel: 2_000_000, memory: 32 << 20, depth: 2000, outputs: 1000)
        let compiled = try JQProgram(compiling: program)
        let clock = ContinuousClock()
        let start = clock.now
        _ = try? compiled.evaluate(nil, limits: limits)
        #expect(clock.now - start < .seconds(20))
    }

    private static let kinds: [(program: String, kind: String)] = [
        ("def f: f; f", "fuel"), ("last(range(1e12))", "fuel"), ("until(false; .)", "fuel"),
        ("\"x\" * 1e9", "memory"), (".[1e8] = 1", "memory"), ("reduce range(100) as $i (\"x\"; . + .)", "memory"),
        ("reduce range(60) as $i (1; [., .])", "memory"), ("def f: 1 + f; f", "depth"),
        ("reduce range(1000) as $i ([]; [.])", "depth"), ("range(1e9)", "outputs"), ("error(1)", "runtime"),
        ("try (\"x\" * 1e9) catch 1", "memory"), ("(last(range(1e12)))?", "fuel"), ("(def f: 1 + f; f)?", "depth"),
    ]

    @Test(arguments: kinds)
    func limitIsNamedAndCannotBeCaught(program: String, kind: String) throws {
        let limits = JQLimits(fuel: 3_000_000, memory: 16 << 20, depth: 1000, outputs: 1000)
        let error = #expect(throws: JQError.self) { try JQProgram(compiling: program).evaluate(nil, limits: limits) }
        let found =
            switch error?.kind {
            case .fuel: "fuel"
            case .memory: "memory"
            case .depth: "depth"
            case .outputs: "outputs"
            case .runtime: "runtime"
            default: "none"
            }
        #expect(found == kind)
    }

    @Test func fuelIsTheSameEveryTimeAndGrowsWithTheWork() throws {
        let program = try JQProgram(compiling: "[range(.)] | map(tostring) | sort | join(\",\") | length")
        func cost(_ count: Int64) throws -> Int {
            var fuel = 0
            _ = try program.evaluate(.integer(count), fuelUsed: &fuel)
            return fuel
        }
        #expect(try cost(1000) == cost(1000))
        #expect(try cost(1000) > 5 * cost(100))
        #expect(try cost(1000) < 30 * cost(100))
    }

    @Test func fuelUsedIsReportedWhenItRunsOut() throws {
        var fuel = 0
        let limits = JQLimits(fuel: 1000)
        #expect(throws: JQError.self) {
            try JQProgram(compiling: "def f: f; f").evaluate(nil, limits: limits, fuelUsed: &fuel)
        }
        #expect(fuel == 1000)
    }

    @Test func accumulatorsGrowInPlace() throws {
        for program in [
            "reduce range(100000) as $i ([]; . + [$i]) | length",
            "reduce range(100000) as $i (\"\"; . + \"x\") | length",
            "reduce range(100000) as $i ({}; .[$i | tostring] = $i) | length",
            "reduce range(100000) as $i ([]; .[$i] = $i) | length",
            "reduce range(100000) as $i ({n: 0, l: []}; .n += 1 | .l[$i] |= $i) | .n",
        ] {
            // Copying would take hundreds of gigabytes: the test would not end.
            #expect(try JQProgram(compiling: program).first(nil) == 100_000)
        }
    }

    @Test func memoryCountsWhatIsAliveOnly() throws {
        let limits = JQLimits(memory: 1 << 20)
        let program = try JQProgram(compiling: "reduce range(100000) as $i (0; [range(20)] | length)")
        #expect(try program.first(nil, limits: limits) == 20)
    }
}
