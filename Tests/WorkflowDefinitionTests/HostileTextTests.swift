import JSON
import Testing
import WorkflowDefinition

struct HostileText: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var code: Diagnostic.Code
    var part: String

    init(_ name: String, _ text: String, _ code: Diagnostic.Code, _ part: String) {
        (self.name, self.text, self.code, self.part) = (name, text, code, part)
    }

    var testDescription: String { name }
}

/// Texts that are no definition, and texts that mean harm: each is refused, soon, with a place.
@Suite struct HostileTextTests {
    static let refused: [HostileText] = [
        HostileText("empty", "", .syntax, "an empty text"),
        HostileText("comment", "# nothing", .syntax, "an empty text"),
        HostileText("two documents", "a: 1\n---\nb: 2", .syntax, "a second document"),
        HostileText("tab", "a:\n\t- b", .syntax, "no valid YAML"),
        HostileText("unclosed", "a: [1, 2", .syntax, "no valid YAML"),
        HostileText("unclosed quote", "a: 'b", .syntax, "no valid YAML"),
        HostileText("reserved", "a: @b", .syntax, "no valid YAML"),
        HostileText("duplicate", "a: 1\nb: 2\na: 3", .syntax, "a second member 'a'"),
        HostileText("escaped duplicate", "{\"a\": 1, \"\\u0061\": 2}", .syntax, "a second member 'a'"),
        HostileText("tag", "a: !!python/object:os.system ls", .syntax, "tags are no part"),
        HostileText("core tag", "a: !!str 1", .syntax, "tags are no part"),
        HostileText("bare tag", "a: ! b", .syntax, "tags are no part"),
        HostileText("tag on list", "a: !!set [ 1 ]", .syntax, "tags are no part"),
        HostileText("tag on key", "!!str a: 1", .syntax, "tags are no part"),
        HostileText("merge", "a: &x { b: 1 }\nc: { <<: *x }", .syntax, "merge keys"),
        HostileText("list as key", "? [ a ]\n: 1", .syntax, "must be a text"),
        HostileText("object as key", "{ { a: 1 }: 2 }", .syntax, "must be a text"),
        HostileText("alias of nothing", "a: *b", .syntax, "unknown alias"),
        HostileText("alias of itself", "a: &a [ *a ]", .syntax, "unknown alias"),
        HostileText("infinite", "a: .inf", .syntax, "no JSON number"),
        HostileText("not a number", "a: .nan", .syntax, "no JSON number"),
        HostileText("overflow", "a: 1e999", .syntax, "no JSON number"),
        HostileText("wide hexadecimal", "a: 0xFFFFFFFFFFFFFFFFFF", .syntax, "no JSON number"),
        HostileText("NUL", "a: \"b\\0\"", .syntax, "a NUL character"),
        HostileText("NUL in a name", "\"a\\u0000\": 1", .syntax, "a NUL character"),
        HostileText("raw NUL", "a: b\0c", .syntax, "no valid YAML"),
        HostileText("control", "a: b\u{1}c", .syntax, "no valid YAML"),
        HostileText("lone surrogate", "a: \"\\ud800\"", .syntax, "no valid YAML"),
        HostileText("deep flow", String(repeating: "[", count: 200_000), .limit, "nested"),
        HostileText("deep objects", String(repeating: "{a: ", count: 100_000), .limit, "nested"),
        HostileText("deep block", String(repeating: "- ", count: 200_000) + "x", .limit, "nested"),
        HostileText("deep questions", String(repeating: "? ", count: 200_000) + "x", .syntax, ""),
        HostileText("wide", "a: [" + String(repeating: "1,", count: 200_000) + "]", .limit, "more than 100000 values"),
        HostileText(
            "wide object", (0..<60_000).map { "k\($0): 1" }.joined(separator: "\n"), .limit, "more than 100000 values"),
        HostileText("large", "a: '" + String(repeating: "x", count: 2 << 20) + "'", .limit, "a text of"),
        HostileText(
            "long names", String(repeating: "{ \(String(repeating: "n", count: 100)): ", count: 60), .limit,
            "names that nest"
        ),
        HostileText("laughs", laughs(50, of: "[lol]"), .limit, "more than 100000 values"),
        HostileText("laughs in names", "a: 1\n" + laughs(50, of: "[lol]") + "? *a49\n: 1", .limit, ""),
        HostileText(
            "deep aliases", (1..<200).reduce("a0: &a0 [x]\n") { $0 + "a\($1): &a\($1) [ *a\($1 - 1) ]\n" }, .limit,
            "nested"
        ),
        HostileText("many anchors", (0..<50_000).map { "- &a\($0) x" }.joined(separator: "\n") + "\n- 'x", .syntax, ""),
        HostileText("many directives", String(repeating: "%FOO bar\n", count: 50_000), .syntax, ""),
    ]

    /// Each anchor a list of ten of the one before.
    static func laughs(_ levels: Int, of first: String) -> String {
        (1..<levels).reduce("a0: &a0 \(first)\n") {
            $0 + "a\($1): &a\($1) [ " + Array(repeating: "*a\($1 - 1)", count: 10).joined(separator: ", ") + " ]\n"
        }
    }

    @Test(arguments: refused)
    func isRefusedAtAPlace(_ hostile: HostileText) throws {
        let (text, code, part) = (hostile.text, hostile.code, hostile.part)
        let start = ContinuousClock.now
        let (definition, diagnostics) = Definition.diagnose(text, catalog: catalog)
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(definition == nil)
        try #require(diagnostics.count == 1)
        #expect(diagnostics[0].code == code, "\(diagnostics[0].message)")
        #expect(diagnostics[0].message.contains(part), "\(diagnostics[0].message)")
        #expect(diagnostics[0].message.utf8.count < 400)
        #expect(diagnostics[0].line != nil || text.utf8.count > 1 << 20)
    }

    static let scalars: [(String, JSONValue)] = [
        ("1", 1), ("-1", -1), ("+1", 1), ("0123", 123), ("0o17", 15), ("0x1F", 31), ("1.5", 1.5), (".5", 0.5),
        ("1.", 1),
        ("1e3", 1000), ("1_000", "1_000"), ("9223372036854775807", 9_223_372_036_854_775_807),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("true", true), ("False", false), ("yes", "yes"),
        ("on", "on"), ("null", nil), ("~", nil), ("", nil), ("'1'", "1"), ("\"a\\nb\"", "a\nb"), ("1.0.3", "1.0.3"),
        ("2024-01-01", "2024-01-01"), ("12:30:45", "12:30:45"), ("e5", "e5"), ("-", "-"), ("0x", "0x"),
        ("\u{E9}", "\u{E9}"),
    ]

    @Test(arguments: scalars)
    func scalarsMeanWhatYAML12SaysTheyMean(text: String, value: JSONValue) throws {
        guard text != "-" else { return }
        let loaded = try loaded(definition("- a:\n    set:\n      x: \(text)"))
        guard case .set(.literal(let found)) = loaded.tasks.tasks[0].kind else {
            Issue.record("no literal")
            return
        }
        #expect(found["x"] == value)
    }

    @Test func namesAreTextsAsWritten() throws {
        let loaded = try loaded(definition("- a: { set: { 200: 1, true: 2, null: 3, 1.50: 4, '<<': 5 } }"))
        guard case .set(.literal(let found)) = loaded.tasks.tasks[0].kind else {
            Issue.record("no literal")
            return
        }
        #expect(found.object?.keys == ["200", "true", "null", "1.50", "<<"])
    }

    @Test func aliasesWithinBoundsAreExpanded() throws {
        let loaded = try loaded(definition("- a: { set: { x: &x { y: [1] }, z: [ *x, *x ] } }\n- b: { set: *x }"))
        guard case .set(.literal(let found)) = loaded.tasks.tasks[0].kind else {
            Issue.record("no literal")
            return
        }
        #expect(found == ["x": ["y": [1]], "z": [["y": [1]], ["y": [1]]]])
    }

    @Test func aByteOrderMarkIsNoContent() throws {
        #expect(try loaded("\u{FEFF}" + definition("- a: { set: { x: 1 } }")).tasks.tasks.count == 1)
    }

    @Test(
        arguments: [[0xFF, 0xFE, 0x61, 0x00], [0x61, 0x3A, 0x20, 0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func bytesThatAreNoTextAreRefused(bytes: [UInt8]) {
        #expect(Definition.diagnose(utf8: bytes, catalog: catalog).diagnostics.map(\.code) == [.syntax])
        let text = definition("- a: { set: { x: 1 } }")
        #expect(Definition.diagnose(utf8: Array(text.utf8), catalog: catalog).definition != nil)
    }

    @Test func mistakesWithoutEndTakeNoTimeWithoutEnd() {
        let start = ContinuousClock.now
        let lost = (0..<9_000).map { "- task\($0): { wait: PT1S, then: tusk\($0) }" }.joined(separator: "\n")
        #expect(diagnostics(definition(lost)).count == 100)
        let wrong = (0..<9_000).map { "- t\($0): { if: ') }', wait: PT1S }" }.joined(separator: "\n")
        #expect(diagnostics(definition(wrong)).count <= 100)
        let unknown = (0..<40_000).map { "n\($0): 1" }.joined(separator: ", ")
        #expect(diagnostics(definition("- a: { \(unknown) }")).count <= 100)
        #expect(diagnostics(definition("- a: { set: { x: 1 }, \(unknown) }")).count <= 100)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func lineEndsOfWindowsAreLineEnds() throws {
        let text = definition("- a: { sett: 1 }").replacing("\n", with: "\r\n")
        #expect(diagnostics(text).map(\.line) == [7])
    }

    @Test func tasksNestToABound() throws {
        func nested(_ levels: Int) -> String {
            definition(
                "- a: " + String(repeating: "{ do: [ { a: ", count: levels - 1) + "{ wait: PT1S }"
                    + String(repeating: " } ] }", count: levels - 1))
        }
        #expect(Definition.diagnose(nested(32), catalog: catalog).definition != nil)
        #expect(diagnostics(nested(33)).map(\.code) == [.limit])
    }

    @Test func functionsThatCallFunctionsDoNotMultiplyWithoutBound() {
        let header =
            "document: { dsl: 1.0.3, namespace: n, name: n, version: 1.0.0 }\nuse:\n  functions:\n    f0: { wait: PT1S }\n"
        let calls = (0..<10).map { "{ t\($0): { call: PREVIOUS } }" }.joined(separator: ", ")
        let functions = (1...9).map { "    f\($0): { do: [ \(calls.replacing("PREVIOUS", with: "f\($0 - 1)")) ] }\n" }
            .joined()
        let errors = diagnostics(header + functions + "do: [ { a: { call: f9 } } ]").filter { $0.severity == .error }
        #expect(errors.first?.code == .limit && errors.allSatisfy { $0.code == .limit })
        let chain = (1...60).map { "    f\($0): { call: f\($0 - 1) }\n" }.joined()
        #expect(diagnostics(header + chain + "do: [ { a: { call: f60 } } ]").contains { $0.code == .limit })
    }

    @Test func anExpressionHasABound() {
        let long = String(repeating: "1+", count: 40_000) + "1"
        #expect(diagnostics(definition("- a: { set: { x: '${ \(long) }' } }")).map(\.code) == [.limit])
        let many = "[" + String(repeating: "'${.}',", count: 11_000) + "]"
        let errors = diagnostics(definition("- a: { set: { x: \(many) } }"))
        #expect(errors.first?.code == .limit && errors.count <= 100)
    }

    @Test func diagnosticsAreBounded() {
        let tasks = (0..<5_000).map { "- a\($0): { st: 1 }" }.joined(separator: "\n")
        #expect(diagnostics(definition(tasks)).count == 100)
    }

    @Test func valuesHaveTheBoundsOfTexts() {
        func codes(_ value: JSONValue) -> [Diagnostic.Code] {
            Definition.diagnose(value, catalog: catalog).diagnostics.map(\.code)
        }
        #expect(codes((0..<101).reduce(JSONValue.integer(1)) { value, _ in [value] }) == [.limit])
        #expect(codes(.array(Array(repeating: 1, count: 100_000))) == [.limit])
        #expect(codes(["a": "\0"]) == [.syntax])
        #expect(codes(["a\0": 1]) == [.syntax])
        #expect(
            codes(
                (0..<60).reduce(JSONValue.integer(1)) { value, _ in .object([String(repeating: "n", count: 100): value])
                }) == [.limit])
        #expect(codes(.null) == [.invalid])
    }
}
