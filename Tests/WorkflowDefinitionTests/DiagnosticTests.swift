import JSON
import Testing
import WorkflowDefinition

/// What a wrong definition is told: one line a mistake.
struct Mistake: Sendable, CustomTestStringConvertible {
    var tasks: String
    var code: Diagnostic.Code
    var pointer: String
    var line: Int
    var column: Int
    var part: String

    init(_ tasks: String, _ code: Diagnostic.Code, _ pointer: String, _ line: Int, _ column: Int, _ part: String) {
        (self.tasks, self.code, self.pointer, self.line, self.column, self.part) = (
            tasks, code, pointer, line, column, part
        )
    }

    var testDescription: String { part }
}

@Suite struct DiagnosticTests {
    /// The tasks' first line is line 7; they are indented by two.
    static let mistakes: [Mistake] = [
        // The kind is decided first, then its members.
        Mistake(
            "- a: { set: { x: 1 }, outptu: { as: . } }", .invalid, "/do/0/a/outptu", 7, 25,
            "unknown property 'outptu'; did you mean 'output'?"),
        Mistake(
            "- a: { sett: { x: 1 } }", .invalid, "/do/0/a/sett", 7, 10,
            "unknown kind of task 'sett'; did you mean 'set'?"),
        Mistake("- a: { frobnicate: 1 }", .invalid, "/do/0/a/frobnicate", 7, 10, "a task is one of call, do"),
        Mistake("- a: { if: .x }", .invalid, "/do/0/a", 7, 5, "a task needs one of"),
        Mistake("- a: {}", .invalid, "/do/0/a", 7, 5, "a task needs one of"),
        Mistake("- a: { set: { x: 1 }, wait: PT1S }", .invalid, "/do/0/a", 7, 8, "found 'set' and 'wait'"),
        Mistake("- a: 5", .invalid, "/do/0/a", 7, 8, "must be a task (an object), found a number (5)"),
        Mistake("- a: { set: { x: 1 }, while: .x }", .invalid, "/do/0/a/while", 7, 25, "a 'set' task has set, if"),
        Mistake("- a:\n  set: { x: 1 }", .invalid, "/do/0", 7, 5, "found 'a' and 'set' (is the indentation right?)"),
        Mistake("a: { set: { x: 1 } }", .invalid, "/do", 7, 3, "'do' must be a list of tasks"),
        Mistake(
            "- a: { set: { x: 1 } }\n- a: { set: { x: 1 } }", .invalid, "/do/1/a", 8, 5, "a second 'a' in this list"),
        Mistake("- '': { set: { x: 1 } }", .invalid, "/do/0", 7, 5, "a task needs a name"),
        // Not supported.
        Mistake("- a: { listen: { to: {} } }", .unsupported, "/do/0/a/listen", 7, 10, "not supported: listen"),
        Mistake("- a: { emit: { event: {} } }", .unsupported, "/do/0/a/emit", 7, 10, "not supported: emit"),
        Mistake("- a: { run: { shell: { command: ls } } }", .unsupported, "/do/0/a/run", 7, 10, "not supported: run"),
        Mistake("- a: { call: grpc, with: {} }", .unsupported, "/do/0/a/call", 7, 10, "not supported: call: grpc"),
        Mistake("- a: { call: openapi, with: {} }", .unsupported, "/do/0/a/call", 7, 10, "call: openapi"),
        Mistake("- a: { call: 'https://x.org/f.yaml' }", .unsupported, "/do/0/a/call", 7, 10, "functions by URL"),
        Mistake(
            "- a: { call: 'log:1.0.0@elsewhere' }", .unsupported, "/do/0/a/call", 7, 10, "the catalogue 'elsewhere'"),
        Mistake(
            "- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.org', authentication: { use: y } } } }",
            .unsupported, "/do/0/a/with/endpoint/authentication", 7, 77, "not supported: authentication"),
        Mistake(
            "- a: { set: { x: 1 }, input: { schema: { resource: { endpoint: x } } } }", .unsupported,
            "/do/0/a/input/schema/resource", 7, 44, "not supported: resource"),
        Mistake(
            "- a: { set: { x: 1 }, input: { schema: { format: avro, document: {} } } }", .unsupported,
            "/do/0/a/input/schema/format", 7, 44, "schemas in 'avro'"),
        Mistake("- a: { set: { x: '${ $secrets.key }' } }", .unsupported, "/do/0/a/set/x", 7, 20, "$secrets"),
        // Names.
        Mistake(
            "- a: { set: { x: 1 }, then: c }\n- bcd: { set: { x: 1 } }", .unknown, "/do/0/a/then", 7, 31,
            "'then' leads nowhere: there is no task 'c'"),
        Mistake(
            "- a: { set: { x: 1 }, then: finsh }\n- finish: { set: { x: 1 } }", .unknown, "/do/0/a/then", 7, 31,
            "did you mean 'finish'?"),
        Mistake(
            "- a: { set: { x: 1 }, then: b }\n- c: { do: [ { b: { set: { x: 1 } } } ] }", .unknown, "/do/0/a/then", 7,
            31, "in this list"),
        Mistake(
            "- a: { fork: { branches: [ { b: { set: { x: 1 }, then: c } }, { c: { set: { x: 1 } } } ] } }", .invalid,
            "/do/0/a/fork/branches/0/b/then", 7, 58, "branches do not follow one another"),
        Mistake(
            "- a: { call: ai_sumarize_activity, with: { text: x } }", .unknown, "/do/0/a/call", 7, 16,
            "did you mean 'ai_summarize_activity'?"),
        Mistake(
            "- a: { call: nothing_like_it }", .unknown, "/do/0/a/call", 7, 16,
            "there are ai_summarize_activity, extract_text_activity, log, http and activity"),
        Mistake(
            "- a: { call: 'extract_text_activity:2.0.0' }", .unknown, "/do/0/a/call", 7, 16, "there is 1.0.0 and 1.1.0"),
        Mistake(
            "- a: { set: { x: 1 }, timeout: slow }", .unknown, "/do/0/a/timeout", 7, 34,
            "unknown timeout 'slow'; 'use' defines none"),
        Mistake("- a: { raise: { error: oops } }", .unknown, "/do/0/a/raise/error", 7, 26, "unknown error 'oops'"),
        Mistake(
            "- a: { try: [ { b: { wait: PT1S } } ], catch: { retry: often } }", .unknown, "/do/0/a/catch/retry", 7, 58,
            "unknown retry policy 'often'"),
        // Arguments.
        Mistake(
            "- a: { call: log, with: [] }", .invalid, "/do/0/a/with", 7, 27, "'with' must be an object, found an array"),
        Mistake("- a: { call: http }", .invalid, "/do/0/a", 7, 5, "an http call needs 'with'"),
        Mistake(
            "- a: { call: http, with: { method: get } }", .invalid, "/do/0/a/with", 7, 22,
            "an http call needs 'endpoint'"),
        Mistake(
            "- a: { call: http, with: { method: gte, endpoint: 'https://x.org' } }", .invalid, "/do/0/a/with/method", 7,
            38, "found 'gte'"),
        Mistake(
            "- a: { call: http, with: { method: get, endpoint: 'file:///etc/passwd' } }", .invalid,
            "/do/0/a/with/endpoint", 7, 53, "http or https"),
        Mistake(
            "- a: { call: http, with: { method: get, endpoint: 'https://x.org', output: all } }", .invalid,
            "/do/0/a/with/output", 7, 78, "raw, content or response"),
        Mistake(
            "- a: { call: http, with: { method: get, endpoint: 'https://x.org', headers: { n: 1 } } }", .invalid,
            "/do/0/a/with/headers/n", 7, 84, "put it in quotes"),
        Mistake("- a: { call: activity, with: { name: x } }", .invalid, "/do/0/a/with", 7, 26, "needs 'taskQueue'"),
        Mistake(
            "- a: { call: activity, with: { name: '${ .n }', taskQueue: q } }", .invalid, "/do/0/a/with/name", 7, 40,
            "literal"),
        Mistake(
            "- a: { call: activity, with: { name: x, taskQueue: q, retry: { backoffCoefficient: 0.5 } } }", .invalid,
            "/do/0/a/with/retry/backoffCoefficient", 7, 86, "at least 1"),
        Mistake(
            "- a: { call: ai_summarize_activity, with: { max_words: 5 } }", .invalid, "/do/0/a/with", 7, 45,
            "wrong arguments: \"text\" is required"),
        Mistake(
            "- a: { call: ai_summarize_activity }", .invalid, "/do/0/a/call", 7, 16,
            "wrong arguments: \"text\" is required"),
        Mistake(
            "- a: { call: ai_summarize_activity, with: { text: x, max_words: 0 } }", .invalid,
            "/do/0/a/with/max_words", 7, 67, "wrong arguments: /max_words must be at least 1"),
        Mistake(
            "- a: { call: ai_summarize_activity, with: { text: '${ .t }', maxwords: 1 } }", .invalid,
            "/do/0/a/with/maxwords", 7, 74, "not allowed"),
        Mistake(
            "- a: { call: ai_summarize_activity, with: { text: '${ .t }', max_words: many } }", .invalid,
            "/do/0/a/with/max_words", 7, 75, "integer"),
        Mistake(
            "- a: { set: { x: 1 }, input: { schema: { document: { type: text } } } }", .invalid,
            "/do/0/a/input/schema/document/type", 7, 62, "no valid JSON Schema"),
        // Kinds.
        Mistake("- a: { set: {} }", .invalid, "/do/0/a/set", 7, 15, "'set' needs a member"),
        Mistake("- a: { set: .x }", .invalid, "/do/0/a/set", 7, 15, "one runtime expression (${ … })"),
        Mistake("- a: { switch: [] }", .invalid, "/do/0/a/switch", 7, 18, "a list of cases"),
        Mistake(
            "- a: { switch: [ { c: { when: .x } } ] }", .invalid, "/do/0/a/switch/0/c", 7, 22, "a case needs 'then'"),
        Mistake(
            "- a: { switch: [ { c: { then: end } }, { d: { then: end } } ] }", .invalid, "/do/0/a/switch/1/d", 7, 47,
            "only one is the default"),
        Mistake("- a: { for: { each: x }, do: [] }", .invalid, "/do/0/a/for", 7, 10, "'for' needs 'in'"),
        Mistake("- a: { for: { in: .x } }", .invalid, "/do/0/a", 7, 5, "a 'for' task needs 'do'"),
        Mistake("- a: { for: { in: .x, each: $x }, do: [] }", .invalid, "/do/0/a/for/each", 7, 31, "no $"),
        Mistake(
            "- a: { for: { in: .x, each: input }, do: [] }", .invalid, "/do/0/a/for/each", 7, 31, "a meaning of its own"
        ),
        Mistake("- a: { for: { in: .x, each: i, at: i }, do: [] }", .invalid, "/do/0/a/for", 7, 15, "two names"),
        Mistake("- a: { try: [ { b: { wait: PT1S } } ] }", .invalid, "/do/0/a", 7, 5, "a 'try' task needs 'catch'"),
        Mistake(
            "- a: { try: [ { b: { wait: PT1S } } ], cach: {} }", .invalid, "/do/0/a/cach", 7, 42,
            "did you mean 'catch'?"),
        Mistake(
            "- a: { try: [ { b: { wait: PT1S } } ], catch: { errors: { with: { typ: x } } } }", .invalid,
            "/do/0/a/catch/errors/with/typ", 7, 69, "did you mean 'type'?"),
        Mistake(
            "- a: { try: [ { b: { wait: PT1S } } ], catch: { errors: { with: { type: '${ .x }' } } } }", .invalid,
            "/do/0/a/catch/errors/with/type", 7, 75, "'when'"),
        Mistake(
            "- a: { try: [ { b: { wait: PT1S } } ], catch: { retry: { backoff: {} } } }", .invalid,
            "/do/0/a/catch/retry/backoff", 7, 69, "one of constant, linear and exponential"),
        Mistake(
            "- a: { try: [ { b: { wait: PT1S } } ], catch: { retry: { jitter: { from: PT2S, to: PT1S } } } }", .invalid,
            "/do/0/a/catch/retry/jitter", 7, 68, "not be longer"),
        Mistake(
            "- a: { raise: { error: { status: 400 } } }", .invalid, "/do/0/a/raise/error", 7, 19,
            "an error needs 'type'"),
        Mistake(
            "- a: { raise: { error: { type: x, status: teapot } } }", .invalid, "/do/0/a/raise/error/status", 7, 45,
            "an integer from 100 to 599, found 'teapot'"),
        Mistake(
            "- a: { fork: { compete: yes, branches: [ { b: { wait: PT1S } } ] } }", .invalid, "/do/0/a/fork/compete", 7,
            27, "true or false, found 'yes'"),
        // Durations.
        Mistake(
            "- a: { wait: 30 }", .invalid, "/do/0/a/wait", 7, 16,
            "expected a duration, such as { seconds: 30 } or PT30S"),
        Mistake("- a: { wait: 30s }", .invalid, "/do/0/a/wait", 7, 16, "no ISO 8601 duration"),
        Mistake("- a: { wait: P1M }", .invalid, "/do/0/a/wait", 7, 16, "no fixed length"),
        Mistake("- a: { wait: { second: 1 } }", .invalid, "/do/0/a/wait", 7, 16, "did you mean 'seconds'?"),
        Mistake("- a: { wait: { seconds: -1 } }", .invalid, "/do/0/a/wait", 7, 16, "non-negative"),
        Mistake("- a: { wait: { days: 9223372036854775807 } }", .invalid, "/do/0/a/wait", 7, 16, "a hundred years"),
        Mistake("- a: { wait: {} }", .invalid, "/do/0/a/wait", 7, 16, "empty duration"),
        // Enhancement points.
        Mistake(
            "- a: { call: ai_summarize_activity, with: { text: x }, metadata: { enhancement: { id: s, tiers: [premium] } } }",
            .invalid, "/do/0/a/metadata/enhancement", 7, 70,
            "needs 'fallback': one of { value: … }, { do: […] } or { fault: true }"),
        Mistake(
            "- a: { call: log, metadata: { enhancement: { id: s, tiers: [premium], fallback: { fault: false } } } }",
            .invalid, "/do/0/a/metadata/enhancement/fallback/fault", 7, 92, "'fault' must be true"),
        Mistake(
            "- a: { call: log, metadata: { enhancement: { id: s, tiers: [premium], fallback: { value: 1, fault: true } } } }",
            .invalid, "/do/0/a/metadata/enhancement/fallback", 7, 83, "a fallback is one of"),
        Mistake(
            "- a: { call: log, metadata: { enhancement: { id: s, tiers: [], fallback: { value: 1 } } } }",
            .invalid, "/do/0/a/metadata/enhancement/tiers", 7, 62, "a list of tiers"),
        Mistake(
            "- a: { call: log, metadata: { enhancement: { id: s, tiers: [premium], fallback: { value: 1 }, timout: PT1S } } }",
            .invalid, "/do/0/a/metadata/enhancement/timout", 7, 97, "did you mean 'timeout'?"),
        Mistake(
            """
            - a: { call: log, metadata: { enhancement: { id: s, tiers: [premium], fallback: { value: 1 } } } }
            - b: { call: log, metadata: { enhancement: { id: s, tiers: [premium], fallback: { value: 1 } } } }
            """, .invalid, "/do/1/b/metadata/enhancement/id", 8, 52, "ids are unique"),
    ]

    @Test(arguments: mistakes)
    func mistakeIsToldWhereItStands(_ mistake: Mistake) throws {
        let (loaded, diagnostics) = Definition.diagnose(definition(mistake.tasks), catalog: catalog)
        let errors = diagnostics.filter { $0.severity == .error }
        #expect(loaded == nil)
        try #require(errors.count == 1, "\(diagnostics.map { $0.rendered(file: "x") })")
        #expect(errors[0].code == mistake.code)
        #expect(errors[0].pointer.description == mistake.pointer)
        #expect(errors[0].message.contains(mistake.part), "\(errors[0].message)")
        #expect([errors[0].line, errors[0].column] == [mistake.line, mistake.column])
    }

    static let headers: [(String, Diagnostic.Code, String, String)] = [
        ("do: []", .invalid, "", "a workflow needs 'document'"),
        ("[]", .invalid, "", "the document must be an object, found an array"),
        ("document: 1\ndo: []", .invalid, "/document", "must be an object"),
        ("dcument: {}\ndo: []", .invalid, "/dcument", "did you mean 'document'?"),
        ("\(header())", .invalid, "", "a workflow needs 'do'"),
        ("\(header("dsl: '2.0.0'"))\ndo: []", .unsupported, "/document/dsl", "not supported: DSL 2.0.0"),
        (
            "\(header("dsl: 1.0"))\ndo: []", .invalid, "/document/dsl",
            "'dsl' must be a text, found a number (1); put it in quotes"
        ),
        ("\(header("dsl: latest"))\ndo: []", .invalid, "/document/dsl", "a semantic version"),
        ("\(header("dsl: 1.0.3", "version: 1.0"))\ndo: []", .invalid, "/document/version", "put it in quotes"),
        ("\(header("dsl: 1.0.3", "version: v1.0.0"))\ndo: []", .invalid, "/document/version", "a semantic version"),
        ("\(header("dsl: 1.0.3", "version: 1.0.0", "my_name"))\ndo: []", .invalid, "/document/name", "inner hyphens"),
        ("\(header())\nschedule: { every: PT1H }\ndo: []", .unsupported, "/schedule", "not supported: schedule"),
        (
            "\(header())\nuse: { authentications: {} }\ndo: []", .unsupported, "/use/authentications",
            "not supported: authentications"
        ),
        ("\(header())\nuse: { catalogs: {} }\ndo: []", .unsupported, "/use/catalogs", "not supported: catalogs"),
        ("\(header())\nuse: { extensions: [] }\ndo: []", .unsupported, "/use/extensions", "not supported: extensions"),
        ("\(header())\nevaluate: { mode: loose }\ndo: []", .unsupported, "/evaluate/mode", "loose evaluation"),
        (
            "\(header())\nevaluate: { language: javascript }\ndo: []", .unsupported, "/evaluate/language",
            "expressions in 'javascript'"
        ),
        ("\(header())\ntimeout: { after: soon }\ndo: []", .invalid, "/timeout/after", "ISO 8601"),
        ("\(header())\noutput: { as: 5 }\ndo: []", .invalid, "/output/as", "a runtime expression or an object"),
        (
            "\(header())\nuse: { retries: { r: { delay: 5 } } }\ndo: []", .invalid, "/use/retries/r/delay",
            "expected a duration"
        ),
        (
            "\(header())\nuse: { functions: { f: { call: g }, g: { call: f } } }\ndo: []", .invalid,
            "/use/functions/g/call", "calls itself: f → g → f"
        ),
        (
            "\(header())\nuse: { functions: { f: { call: mcp } } }\ndo: []", .unsupported, "/use/functions/f/call",
            "call: mcp"
        ),
    ]

    static func header(_ dsl: String = "dsl: 1.0.3", _ version: String = "version: 1.0.0", _ name: String = "n")
        -> String
    {
        "document: { \(dsl), namespace: test, name: \(name), \(version) }"
    }

    @Test(arguments: headers)
    func mistakeOutsideTheTasksIsTold(text: String, code: Diagnostic.Code, pointer: String, part: String) throws {
        let errors = diagnostics(text).filter { $0.severity == .error }
        try #require(errors.count == 1, "\(errors.map { $0.rendered(file: "x") })")
        #expect(errors[0].code == code)
        #expect(errors[0].pointer.description == pointer)
        #expect(errors[0].message.contains(part), "\(errors[0].message)")
        #expect(errors[0].line != nil)
    }

    static let doubts: [(String, String, String)] = [
        ("- a: { set: { x: 1 }, then: end }\n- b: { set: { x: 1 } }", "/do/1/b", "no task leads to 'b'"),
        (
            "- a: { raise: { error: { type: x, status: 400 } } }\n- b: { set: { x: 1 } }", "/do/1/b",
            "no task leads to 'b'"
        ),
        (
            "- a: { switch: [ { c: { then: c } } ] }\n- b: { set: { x: 1 } }\n- c: { set: { x: 1 } }", "/do/1/b",
            "no task leads"
        ),
        ("- a: { set: { x: 'Hello ${ .name }!' } }", "/do/0/a/set/x", "stays as it is"),
        ("- a: { do: [] }", "/do/0/a/do", "an empty list"),
        ("- a: { call: ai_summarize_activity, with: { text: x } }", "/do/0/a/call", "may fail"),
        (
            "- a: { call: log, metadata: { enhancement: { id: s, tiers: [premum], fallback: { value: 1 } } } }",
            "/do/0/a/metadata/enhancement/tiers/0", "did you mean 'premium'?"
        ),
        (
            "- a: { set: { x: 1 }, metadata: { enhancement: { id: s, tiers: [gold], fallback: { value: 1 } } } }",
            "/do/0/a/metadata/enhancement", "nothing to fall back from"
        ),
        ("- end: { set: { x: 1 } }", "/do/0/end", "cannot be the target"),
    ]

    @Test(arguments: doubts)
    func doubtIsAWarningAndLoads(tasks: String, pointer: String, part: String) throws {
        let (loaded, diagnostics) = Definition.diagnose(definition(tasks), catalog: catalog)
        #expect(loaded != nil)
        try #require(diagnostics.count == 1, "\(diagnostics.map { $0.rendered(file: "x") })")
        #expect(diagnostics[0].severity == .warning && diagnostics[0].code == .suspicious)
        #expect(diagnostics[0].pointer.description == pointer)
        #expect(diagnostics[0].message.contains(part), "\(diagnostics[0].message)")
    }

    @Test func argumentsThatExpressionsGiveAreCheckedWhenTheyRun() {
        let tasks = "- a: { call: ai_summarize_activity, with: { text: '${ .t }', max_words: '${ .n }' } }"
        #expect(diagnostics(definition(tasks)).allSatisfy { $0.severity == .warning })
    }

    @Test func reachableTasksAreNotDoubted() {
        let tasks = """
            - a: { if: .x, set: { x: 1 }, then: end }
            - b: { switch: [ { c: { when: .y, then: d } } ], then: e }
            - d: { set: { x: 1 }, then: end }
            - e: { try: [ { f: { wait: PT1S } } ], catch: { then: g }, then: end }
            - g: { wait: PT1S }
            """
        #expect(diagnostics(definition(tasks)).isEmpty)
    }

    @Test func allMistakesAreToldAtOnceInTheOrderOfTheText() {
        let found = diagnostics(definition("- a: { set: 1 }\n- b: { wait: x }\n- c: { lisen: 1 }"))
        #expect(found.map(\.line) == [7, 8, 9])
    }

    @Test func valuesHaveNoLines() throws {
        let value = try JSONValue(
            parsing: #"{"document": {"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1"}, "do": []}"#)
        let errors = Definition.diagnose(value, catalog: catalog).diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.pointer.description) == ["/document/version"])
        #expect(errors.allSatisfy { $0.line == nil && $0.column == nil })
        #expect(
            errors[0].rendered(file: "-")
                == "-: error: 'version' must be a semantic version such as '1.0.0', found '1' (/document/version)")
    }

    @Test func jsonTextHasLinesToo() {
        let text = "{\n  \"document\": {},\n  \"tasks\": []\n}"
        #expect(
            diagnostics(text).map { $0.rendered(file: "a.json") }.contains {
                $0.hasPrefix("a.json:3:3: error: unknown property 'tasks'")
            })
    }

    @Test func aSharedComponentIsToldOnceHoweverOftenItIsUsed() {
        let text = """
            \(Self.header())
            use: { errors: { e: { type: x } } }
            do: [ { a: { if: .x, raise: { error: e } } }, { b: { raise: { error: e } } } ]
            """
        #expect(diagnostics(text).map(\.pointer.description) == ["/use/errors/e"])
    }
}
