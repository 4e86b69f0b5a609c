import Foundation
import JSON
import TestSupport
import Testing

@Suite(.conformanceData("jq/jq.test"))
struct ConformanceTests {
    @Test func everyCaseOfTheOfficialSuitePassesOrIsExcludedByName() throws {
        var passed = 0
        var failed = 0
        var excluded: [String: Int] = [:]
        var unused = Set(Exclusions.programs.keys)
        for file in ["jq.test", "man.test", "base64.test", "onig.test", "optional.test", "uri.test"] {
            let text = String(decoding: try Conformance.data("jq/\(file)"), as: UTF8.self)
            for test in SuiteCase.parse(text, file: file) {
                if let reason = Exclusions.reason(for: test.program) {
                    excluded[reason, default: 0] += 1
                    unused.remove(test.program)
                } else if let failure = test.failure() {
                    failed += 1
                    Issue.record("\(test.file):\(test.line) \(test.program): \(failure)")
                } else {
                    passed += 1
                }
            }
        }
        print("jq suite: \(passed) passed, \(failed) failed, \(excluded.values.reduce(0, +)) excluded")
        for (reason, count) in excluded.sorted(by: { $0.key < $1.key }) { print("  \(count) excluded: \(reason)") }
        #expect(passed > 750)
        #expect(unused.isEmpty, "exclusions that name no case: \(unused)")
    }
}

/// What we do differently, on purpose.
enum Exclusions {
    static func reason(for program: String) -> String? {
        if let reason = programs[program] { return reason }
        let firstWord = program.prefix { $0 != " " }
        return ["import", "include", "module", "modulemeta"].contains(firstWord) ? "modules are not supported" : nil
    }

    private static let exact = "64-bit integers are exact in arithmetic and printing"
    private static let environment = "the environment, the clock and other inputs cannot be reached"
    private static let noJSON = "its input is no JSON (NaN, Infinity)"
    private static let depth = "values nest at most 512 levels, paths have at most 512 steps"
    private static let message = "the JSON parser's message is our own"

    static let programs: [String: String] = [
        #"[1234567890987654321,-1234567890987654321 | tojson] == if have_decnum then ["1234567890987654321","-1234567890987654321"] else ["1234567890987654400","-1234567890987654400"] end"#:
            exact,
        #".[0] | tostring | . == if have_decnum then "13911860366432393" else "13911860366432392" end"#: exact,
        #".x | tojson | . == if have_decnum then "13911860366432393" else "13911860366432392" end"#: exact,
        "(13911860366432393 == 13911860366432392) | . == if have_decnum then false else true end": exact,
        ". - 10": exact,
        ".[0] - 10": exact,
        ".x - 10": exact,
        #"-. | tojson == if have_decnum then "-13911860366432393" else "-13911860366432392" end"#: exact,
        ".[] as $n | $n+0 | [., tostring, . == $n]": exact,
        "$ENV.PAGER": environment,
        "env.PAGER": environment,
        "try input catch .": environment,
        "debug": environment,
        ".[] = 1": noJSON,
        "tojson | fromjson": noJSON,
        "map(try implode catch .)": noJSON,
        ".[] | try (fromjson | isnan) catch .": message,
        "try fromjson catch .": message,
        #"[match(".+?\\b")]"#: "PCRE2 counts a combining mark as no part of a word",
        "reduce range(9999) as $_ ([];[.]) | tojson | fromjson | flatten": depth,
        #"reduce range(10000) as $_ ([];[.]) | tojson | try (fromjson) catch . | (contains("<skipped: too deep>") | not) and contains("Exceeds depth limit for parsing")"#:
            depth,
        #"reduce range(10001) as $_ ([];[.]) | tojson | contains("<skipped: too deep>")"#: depth,
        "setpath([range(10000) | 0]; 0) | flatten": depth,
        "getpath([range(10000) | 0])": depth,
        "delpaths([[range(10000) | 0]])": depth,
        "reduce range(10000) as $_ ([]; [.]) | contains([[]])": depth,
        "try (reduce range(10001) as $_ ([]; [.]) as $x | $x | contains($x)) catch .": depth,
        "reduce range(10000) as $_ ({}; {a: .}) as $x | $x * $x | length": depth,
        "try (reduce range(10001) as $_ ({}; {a: .}) as $x | $x * $x) catch .": depth,
        "try ((reduce range(10001) as $_ ([]; [.])) as $x | (reduce range(10001) as $_ ([]; [.])) as $y | $x == $y) catch .":
            depth,
        "try ((reduce range(10001) as $_ ([]; [.])) as $x | [$x, $x] | sort) catch .": depth,
        "try ((reduce range(10001) as $_ ([]; [.])) as $x | [$x, $x] | unique) catch .": depth,
        "try ((reduce range(10001) as $_ ({}; {a: .})) as $x | [$x, $x] | sort) catch .": depth,
        "try ((reduce range(10001) as $_ ({}; {a: .})) as $x | [$x, $x] | unique) catch .": depth,
    ]
}
