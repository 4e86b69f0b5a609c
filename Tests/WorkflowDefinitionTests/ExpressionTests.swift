import JQ
import JSON
import Testing
import WorkflowDefinition

@Suite struct ExpressionTests {
    /// A definition whose only mistake is in an expression, the line and column of its first character, and its jq text.
    static let wrong: [(tasks: String, pointer: String, line: Int, column: Int, jq: String)] = [
        ("- a: { if: .a | | .b, wait: PT1S }", "/do/0/a/if", 7, 14, ".a | | .b"),
        ("- a:\n    if: .x +\n    wait: PT1S", "/do/0/a/if", 8, 11, ".x +"),
        ("- a: { set: { x: '${ .é | $nope }' } }", "/do/0/a/set/x", 7, 24, ".é | $nope"),
        ("- a: { set: { x: \"${   [.a, }\" } }", "/do/0/a/set/x", 7, 26, "[.a,"),
        (
            "- a:\n    set: |\n      ${\n        { a: .b,\n          c: . | $nope }\n      }", "/do/0/a/set", 10, 11,
            "{ a: .b,\n  c: . | $nope }"
        ),
        (
            "- a:\n    output:\n      as: ${ .a | nofunction(1) }\n    wait: PT1S", "/do/0/a/output/as", 9, 16,
            ".a | nofunction(1)"
        ),
        ("- a: { for: { in: .x }, while: $outer, do: [ { b: { wait: PT1S } } ] }", "/do/0/a/while", 7, 34, "$outer"),
        ("- a: { switch: [ { c: { when: .x ==, then: end } } ] }", "/do/0/a/switch/0/c/when", 7, 33, ".x =="),
    ]

    @Test(arguments: wrong)
    func aWrongExpressionIsToldWhereItGoesWrong(
        tasks: String, pointer: String, line: Int, column: Int, jq: String
    ) throws {
        let errors = diagnostics(definition(tasks)).filter { $0.severity == .error }
        try #require(errors.count == 1, "\(errors)")
        #expect(errors[0].code == .expression && errors[0].pointer.description == pointer)
        let error = try #require(throws: JQError.self) { try JQProgram(compiling: jq) }
        let (errorLine, errorColumn) = (try #require(error.line), try #require(error.column))
        #expect(errors[0].message.hasPrefix(error.message))
        // A block keeps its indentation; the jq text above has lost the ten columns of its first line.
        let indent = errorLine == 1 ? column : 11
        #expect([errors[0].line, errors[0].column] == [line + errorLine - 1, indent + errorColumn - 1])
    }

    @Test func placesInTextWithEscapesAreThoseOfTheText() {
        let tasks = #"- a: { set: { x: "${ \"a\" | | }" } }"#
        #expect(diagnostics(definition(tasks)).map(\.column) == [20])
    }

    @Test(arguments: ["${}", "${ }", " ${\n} ", ""])
    func anEmptyExpressionIsNone(text: String) {
        let errors = diagnostics(definition("- a: { if: \(JSONValue.string(text).serialized()), wait: PT1S }"))
        #expect(errors.map(\.code) == [.expression])
    }

    @Test func onlyTheWholeTextIsAnExpression() throws {
        let loaded = try loaded(definition("- a: { set: { a: ' ${ .x } ', b: '$ { .x }', c: .x, d: '{ .x }' } }"))
        guard case .set(.object(let members)) = loaded.tasks.tasks[0].kind else {
            Issue.record("no object")
            return
        }
        let expressions = members.map { member in
            if case .expression(let expression) = member.value { expression.text } else { "" }
        }
        #expect(expressions == [".x", "", "", ""])
    }

    @Test func everyVariableOfTheSpecificationIsBound() {
        let all = "[$context, $input, $output, $task, $workflow, $runtime, $authorization]"
        #expect(diagnostics(definition("- a: { set: { x: '${ \(all) }' } }")).isEmpty)
    }

    @Test func secretsAreRefusedWhereTheyAreUsedOnly() {
        func codes(_ jq: String) -> [Diagnostic.Code] {
            diagnostics(definition("- a: { set: { x: '${ \(jq) }' } }")).map(\.code)
        }
        #expect(codes("$secrets.key") == [.unsupported])
        #expect(codes("\"$secrets\"") == [])
        #expect(codes("def f($secrets): $secrets; f(1)") == [])
    }

    @Test(
        arguments: [
            ("$secrets.key", []), (#"$secrets["key"]"#, []), (#"{a: $secrets.key} | .a"#, []),
            ("$secrets", [.expression]), ("$secrets[.x]", [.expression]), ("$secrets | .key", [.expression]),
            ("$secrets.key.x, $secrets", [.expression]), ("$secrets.kye", [.unknown]),
        ] as [(String, [Diagnostic.Code])])
    func secretsOfCallsAreNamedAndDeclared(_ jq: String, _ expected: [Diagnostic.Code]) {
        let text = definition("- a: { call: http, with: { method: GET, endpoint: 'http://a/', body: '${ \(jq) }' } }")
            .replacing("\ndo:", with: "\nuse: { secrets: [key] }\ndo:")
        #expect(diagnostics(text).map(\.code) == expected)
    }

    @Test(arguments: [
        "- a: { call: activity, with: { name: py, taskQueue: q, input: '${ $secrets.key }' } }",
        "- a: { call: f, with: { x: '${ $secrets.key }' } }",
        "- a: { if: '${ $secrets.key }', set: { x: 1 } }",
        "- a: { set: { x: 1 }, output: { as: '${ $secrets.key }' } }",
        "- a: { wait: '${ $secrets.key }' }",
        "- a: { raise: { error: { type: '${ $secrets.key }', status: 400 } } }",
    ])
    func secretsStandNowhereElse(_ task: String) {
        let uses = "use: { secrets: [key], functions: { f: { set: { y: 1 } } } }"
        let text = definition(task).replacing("\ndo:", with: "\n\(uses)\ndo:")
        #expect(diagnostics(text).first?.code == .unsupported)
    }

    @Test func loopVariablesEndWithTheLoop() {
        let tasks = """
            - a: { for: { in: .x }, do: [ { b: { set: { x: '${ $item }' } } } ] }
            - c: { set: { x: '${ $item }' } }
            """
        #expect(diagnostics(definition(tasks)).map(\.line) == [8])
    }

    @Test func aSharedPolicyMaySpeakOfTheErrorThatItsCatchNames() {
        let text = definition("- a: { try: [ { b: { wait: PT1S } } ], catch: { as: problem, retry: r } }")
            .replacing("\ndo:", with: "\nuse: { retries: { r: { when: $error.status == 503 } } }\ndo:")
        // `$error` is no variable where the catch calls it `problem`.
        #expect(diagnostics(text).map(\.code) == [.expression])
    }
}
