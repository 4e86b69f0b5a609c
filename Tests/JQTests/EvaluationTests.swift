import JQ
import JSON
import Testing

struct EvaluationTests {
    private static let rules: [(program: String, input: JSONValue, results: [JSONValue])] = [
        // Integers are exact while they fit 64 bits.
        (".+1", 9_007_199_254_740_993, [9_007_199_254_740_994]),
        (".-1", .integer(.min), [.double(-9_223_372_036_854_775_808)]),
        ("9223372036854775807 + 1", nil, [.double(9_223_372_036_854_775_808)]),
        ("9007199254740993 == 9007199254740992", nil, [false]),
        ("4611686018427387905 * 2 == 9223372036854775810", nil, [true]),
        ("9007199254740993 | tojson", nil, ["9007199254740993"]),
        ("-9223372036854775808 / -1", nil, [.double(9_223_372_036_854_775_808)]),
        ("-9223372036854775808 % -1", nil, [0]),
        ("7 / 2, 6 / 2", nil, [3.5, 3]),
        (
            "[1, 1.0, 1.5, 9007199254740993, 9007199254740992.0] | unique", nil,
            [[1, 1.5, 9_007_199_254_740_992, 9_007_199_254_740_993]]
        ),
        // What leaves is JSON.
        (
            "nan, infinite, -infinite", nil,
            [nil, .double(.greatestFiniteMagnitude), .double(-.greatestFiniteMagnitude)]
        ),
        ("[nan, {a: infinite}]", nil, [[nil, ["a": .double(.greatestFiniteMagnitude)]]]),
        ("1e308 * 10 | isinfinite", nil, [true]),
        ("[nan] | sort, (nan < nan), ([nan] == [nan])", nil, [[nil], true, false]),
        // Strings compare by their bytes.
        (#""\u00e9" == "e\u0301""#, nil, [false]),
        (#"{"\u00e9": 1, "e\u0301": 2} | keys | length"#, nil, [2]),
        // Accumulators change in place, but never under another name.
        (". as $before | .a = 2 | [$before, .]", ["a": 1], [[["a": 1], ["a": 2]]]),
        ("[.[] | . + [9]], .", [[1], [2]], [[[1, 9], [2, 9]], [[1], [2]]]),
        ("(. + [1], . + [2]), .", [0], [[0, 1], [0, 2], [0]]),
        ("reduce (1, 2) as $x ([]; . + [$x]) | (. + [3]), .", nil, [[1, 2, 3], [1, 2]]),
        ("def f($a): ($a + [1]), $a; f([0])", nil, [[0, 1], [0]]),
        (". as $x | ($x | .[0] |= 5), $x", [1], [[5], [1]]),
        ("[.[] as $r | $r | .a += 1 | [$r.a, .a]]", [["a": 1], ["a": 5]], [[[1, 2], [5, 6]]]),
        (".a[.k].b |= . + 1 | .a[.k].b += 1", ["a": [["b": 1]], "k": 0], [["a": [["b": 3]], "k": 0]]),
        ("[foreach .[] as $x ([]; . + [$x])]", [1, 2, 3], [[[1], [1, 2], [1, 2, 3]]]),
        ("[limit(3; foreach range(10) as $x ([]; . + [$x]; ., .))]", nil, [[[0], [0], [0, 1]]]),
        // Errors are caught by the `try` around what raised them, and by no other.
        ("[.[] | try error catch .]", [1, 2], [[1, 2]]),
        ("try ((try . catch 1) | error(2)) catch .", 0, [2]),
        (#"[(1, 2) | try (if . == 1 then . else error("x") end) catch "caught"]"#, nil, [[1, "caught"]]),
        ("[first(range(10; 0; -1)), isempty(empty), isempty(1, error)]", nil, [[10, true, false]]),
        ("label $f | 1, break $f, 2", nil, [1]),
        ("[label $a | label $b | 1, break $a, 2]", nil, [[1]]),
        (
            "def f(g): label $l | g | if . > 2 then break $l else . end; [f(1, 2, 3, 4)], [f(range(5))]", nil,
            [[1, 2], [0, 1, 2]]
        ),
        // Recursion, closures, paths through functions.
        ("def f: if . < 100000 then . + 1 | f else . end; f", 0, [100_000]),
        ("def up($n): if $n == 0 then . else . + 1 | up($n - 1) end; up(50000)", 0, [50_000]),
        ("[recurse(if . < 3 then . + 1 else empty end)]", 0, [[0, 1, 2, 3]]),
        ("def f(g): def h: g | g; h; f(. * 2)", 3, [12]),
        ("def p(f): path(f); [p(.a[].b)]", ["a": [["b": 1], ["b": 2]]], [[["a", 0, "b"], ["a", 1, "b"]]]),
        ("def leaf: .. | scalars; [path(leaf)]", ["a": [1, nil]], [[["a", 0], ["a", 1]]]),
        ("(.. | numbers) |= . * 10", ["a": [1, ["b": 2]]], [["a": [10, ["b": 20]]]]),
        ("del(.. | select(. == 1)?)", ["a": [1, 2], "b": 1], [["a": [2]]]),
        ("to_entries | from_entries", ["b": 1, "a": 2], [["b": 1, "a": 2]]),
        (".a?, .a.b?, (.a | try .b catch 7)", ["a": 1], [1, 7]),
        (".x.y // \"none\"", 5, ["none"]),
        // Order of keys: as inserted; `keys` sorts.
        ("{b: 1, a: 2} | [keys_unsorted, keys]", nil, [[["b", "a"], ["a", "b"]]]),
        (
            "0 | todate, (\"2024-02-29T12:00:00Z\" | fromdate), (1709208000 | strftime(\"%A %j %V\"))", nil,
            ["1970-01-01T00:00:00Z", 1_709_208_000, "Thursday 060 09"]
        ),
    ]

    @Test(arguments: rules)
    func programGives(rule: (program: String, input: JSONValue, results: [JSONValue])) throws {
        #expect(try JQProgram(compiling: rule.program).evaluate(rule.input) == rule.results)
    }

    @Test func variablesAreBoundByPosition() throws {
        let program = try JQProgram(compiling: "$b.x + $a", variables: ["a", "unused", "b"])
        #expect(program.freeVariables == ["a", "b"])
        #expect(try program.evaluate(nil, variables: [1, nil, ["x": 2]]) == [3])
    }

    @Test func shadowedVariableIsNotFree() throws {
        let program = try JQProgram(
            compiling: "1 as $input | $input | . as [$context] | 2", variables: ["input", "context"])
        #expect(program.freeVariables.isEmpty)
    }

    @Test func variableIsSeenInsideFunctions() throws {
        let program = try JQProgram(compiling: "def f(g): g | $v; map(f(. + $v))", variables: ["v"])
        #expect(try program.evaluate([1, 2], variables: [7]) == [[7, 7]])
    }

    @Test func firstRunsNoFurther() throws {
        let program = try JQProgram(compiling: "1, error(2)")
        #expect(try program.first(nil) == 1)
        #expect(try JQProgram(compiling: "empty").first(nil) == nil)
        #expect(throws: JQError.self) { try program.evaluate(nil) }
    }

    @Test func raisedValueTravelsWithTheError() throws {
        let program = try JQProgram(compiling: "error({code: .})")
        let error = #expect(throws: JQError.self) { try program.evaluate(5) }
        guard case .runtime(let value) = error?.kind else {
            Issue.record("not a runtime error")
            return
        }
        #expect(value == ["code": 5])
    }

    @Test func emptyProgramIsIdentity() throws {
        #expect(try JQProgram(compiling: " # nothing\n").evaluate([1]) == [[1]])
    }

    @Test func everyFunctionNamedCompiles() throws {
        let names = try #require(try JQProgram(compiling: "builtins").first(nil)?.array)
        #expect(names.count > 200)
        for name in names.compactMap(\.string) {
            let parts = name.split(separator: "/")
            let arity = try #require(Int(parts[1]))
            let call =
                parts[0] + (arity == 0 ? "" : "(" + Array(repeating: ".", count: arity).joined(separator: ";") + ")")
            #expect(throws: Never.self, "\(name)") { try JQProgram(compiling: String(call)) }
        }
    }
}
