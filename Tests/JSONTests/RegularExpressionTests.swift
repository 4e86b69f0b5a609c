import JSON
import Testing

@Suite struct RegularExpressionTests {
    @Test func capturesHaveNamesAndByteOffsets() throws {
        let expression = try RegularExpression(pattern: #"(?<year>\d+)-(é+)?(?<rest>x)?"#)
        #expect(expression.captureNames == ["year", nil, "rest"])
        let matches = try expression.matches(in: "é 12-éé 3-x")
        #expect(matches.map(\.range) == [3..<10, 11..<14])
        #expect(matches.map(\.captures) == [[3..<10, 3..<5, 6..<10, nil], [11..<14, 11..<12, nil, 13..<14]])
    }

    @Test func emptyMatchesMoveOnByACharacter() throws {
        #expect(try RegularExpression(pattern: "a*").matches(in: "aabé").map(\.range) == [0..<2, 2..<2, 3..<3, 5..<5])
        #expect(try RegularExpression(pattern: "").matches(in: "").count == 1)
        #expect(try RegularExpression(pattern: "").matches(in: "abc", limit: 2).count == 2)
        #expect(try RegularExpression(pattern: "b").firstMatch(in: "bab", from: 1)?.range == 2..<3)
        #expect(try RegularExpression(pattern: "b").firstMatch(in: "b", from: 9) == nil)
    }

    static let options: [(String, RegularExpression.Options, String, Bool)] = [
        ("ABC", [], "abc", false), ("ABC", .ignoresCase, "abc", true), ("É", .ignoresCase, "é", true),
        ("a b # c", .extended, "ab", true), ("a.b", [], "a\nb", false), ("a.b", .dotMatchesLineEnds, "a\nb", true),
        (#"^\w+$"#, [], "é", false), (#"^\w+$"#, .unicodeClasses, "é", true), ("^b$", [], "a\nb\nc", false),
        ("^b$", .anchorsMatchLines, "a\nb\nc", true),
    ]

    @Test(arguments: options)
    func optionsApply(pattern: String, options: RegularExpression.Options, text: String, isMatch: Bool) throws {
        #expect(try RegularExpression(pattern: pattern, options: options).matches(text) == isMatch)
    }

    static let ecmaScript: [(String, String, Bool)] = [
        (#"^\d$"#, "٣", false), (#"^\s$"#, "\u{FEFF}", true), (#"^[\s]$"#, "\u{A0}", true), ("^a$", "a\n", false),
        (#"^\u{1F600}$"#, "😀", true), (#"^\ud83d\ude00$"#, "😀", true), (#"^\u0041$"#, "A", true), ("^.$", "😀", true),
        ("^.$", "\u{2028}", false), ("^[^]$", "\n", true), ("[]", "a", false), (#"^\v$"#, "\u{B}", true),
        (#"^\p{Script=Greek}$"#, "λ", true), (#"^\p{Lu}\P{Lu}$"#, "Aa", true), (#"^[[a]$"#, "[", true),
        (#"^[\]a-]$"#, "-", true), (#"(?<x>a)\k<x>"#, "aa", true), (#"^\/\-\_$"#, "/-_", true), ("^a{2}$", "aa", true),
        (#"^[:alpha:]$"#, "p", true), ("^a]$", "a]", true),
    ]

    @Test(arguments: ecmaScript)
    func ecmaScriptPatternsMeanWhatTheStandardSays(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try RegularExpression(ecmaScript: pattern).matches(text) == isMatch)
    }

    @Test(arguments: [
        "(", "[a", "a\\", "*", "a++", "(?i)a", "(*UTF)", "(?P<n>a)", #"\Qa\E"#, #"\p{Foo}"#, #"\u12"#, #"\z"#,
    ])
    func whatIsNoECMAScriptIsRefused(pattern: String) {
        let error = #expect(throws: RegularExpressionError.self) { try RegularExpression(ecmaScript: pattern) }
        #expect(error?.kind == .syntax)
    }

    static let hostile = [
        ("^(a|aa)+$", String(repeating: "a", count: 100) + "b"), ("(.*)*(.*)*x", String(repeating: "a", count: 5_000)),
        ("(a?){30}a{30}b", String(repeating: "a", count: 60)),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: hostile)
    func runawayMatchesGiveUp(pattern: String, text: String) throws {
        let expression = try RegularExpression(pattern: pattern)
        do {
            #expect(try expression.matches(text) == false)
        } catch {
            #expect(error.kind == .limit)
        }
    }

    @Test func hugePatternsAreRefused() {
        for pattern in [
            String(repeating: "a", count: 70_000), "((a{1,1000}){1,1000}){1,1000}",
            String(repeating: "(", count: 5_000),
        ] {
            #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern: pattern) }
        }
    }
}
