import JSON
import Testing
import WorkflowDefinition

/// What a right definition becomes.
@Suite struct ModelTests {
    private func task(_ tasks: String, use: String = "") throws -> TaskDefinition {
        let text = use.isEmpty ? definition(tasks) : definition(tasks).replacing("\ndo:", with: "\nuse: \(use)\ndo:")
        return try #require(try loaded(text).tasks.tasks.first)
    }

    @Test func documentKeepsWhatItSays() throws {
        let loaded = try loaded(
            """
            document: { dsl: 1.0.3, namespace: test, name: example, version: 1.2.3-rc.1, title: T, tags: { a: b }, metadata: { c: 1 } }
            timeout: { after: { minutes: 1, milliseconds: 5 } }
            input: { from: .order }
            output: { as: { total: '${ .sum }', unit: EUR } }
            do: [ { a: { set: { x: 1 } } } ]
            """)
        #expect(loaded.document.version == "1.2.3-rc.1" && loaded.document.title == "T")
        #expect(loaded.document.tags["a"] == "b" && loaded.document.metadata["c"] == 1)
        guard case .milliseconds(60_005)? = loaded.timeout, case .expression(let from)? = loaded.input.from,
            case .object(let members)? = loaded.output.as
        else {
            Issue.record("\(loaded)")
            return
        }
        #expect(from.text == ".order" && from.position == "/input/from" && from.scope.isEmpty)
        #expect(members.map(\.key) == ["total", "unit"])
        #expect(loaded.source.object?.keys == ["document", "timeout", "input", "output", "do"])
    }

    @Test func commonMembersOfATaskAreRead() throws {
        let task = try task(
            """
            - a:
                if: ${ .go }
                input: { from: .in, schema: { document: { type: object } } }
                set: { x: [ 1, '${ .y }' ] }
                output: { as: .x }
                export: { as: '$context + .' }
                timeout: slow
                then: end
                metadata: { note: here }
            """, use: "{ timeouts: { slow: { after: PT2M } } }")
        #expect(task.name == "a" && task.position == "/do/0/a" && task.then == .end)
        #expect(task.condition?.text == ".go" && task.input.schema != nil && task.metadata["note"] == "here")
        guard case .milliseconds(120_000)? = task.timeout, case .expression(let export)? = task.export?.as,
            case .set(.object(let members)) = task.kind, case .array(let elements) = members[0].value
        else {
            Issue.record("\(task)")
            return
        }
        #expect(export.text == "$context + ." && elements.count == 2)
    }

    @Test func textWithoutExpressionsIsOneLiteral() throws {
        guard case .set(.literal(let value)) = try task("- a: { set: { x: [ .y, { z: '{petId}' } ] } }").kind else {
            Issue.record("not a literal")
            return
        }
        #expect(value == ["x": [".y", ["z": "{petId}"]]])
    }

    @Test func loopsAndCatchesBringTheirVariablesIntoScope() throws {
        let task = try task(
            """
            - a:
                for: { each: pet, in: .pets }
                while: $index < 3
                do:
                  - b:
                      try: [ { c: { set: { x: '${ $pet }' } } } ]
                      catch:
                        as: err
                        when: $err.status == 503
                        do: [ { d: { set: { x: '${ [$pet, $index, $err] }' } } } ]
            """)
        guard case .for(let loop) = task.kind, case .try(let block) = loop.tasks.tasks[0].kind,
            case .set(.object(let members))? = block.catch.tasks?.tasks.first?.kind,
            case .expression(let inner) = members[0].value, case .expression(let collection) = loop.in
        else {
            Issue.record("\(task)")
            return
        }
        #expect(loop.each == "pet" && loop.at == "index" && collection.scope.isEmpty)
        #expect(loop.while?.scope == ["pet", "index"])
        #expect(block.catch.variable == "err" && block.catch.when?.scope == ["pet", "index", "err"])
        #expect(inner.scope == ["pet", "index", "err"])
        #expect(block.catch.tasks?.tasks[0].position == "/do/0/a/do/0/b/catch/do/0/d")
    }

    @Test func anInnerVariableHidesAnOuterOneOfItsName() throws {
        let task = try task(
            "- a: { for: { in: .x }, do: [ { b: { for: { in: $item }, do: [ { c: { set: { x: '${ $item }' } } } ] } } ] }"
        )
        guard case .for(let outer) = task.kind, case .for(let inner) = outer.tasks.tasks[0].kind,
            case .set(.object(let members)) = inner.tasks.tasks[0].kind,
            case .expression(let expression) = members[0].value
        else {
            Issue.record("\(task)")
            return
        }
        #expect(expression.scope == ["item", "index"])
    }

    @Test func catchFiltersByTheOneSpellingOfAStandardType() throws {
        let task = try task(
            """
            - a:
                try: [ { b: { wait: PT1S } } ]
                catch:
                  errors: { with: { type: 'https://open-workflow-specification.org/dsl/errors/types/communication', status: 503 } }
                  retry: often
                  then: end
            """,
            use:
                "{ retries: { often: { delay: PT3S, backoff: { exponential: {} }, limit: { attempt: { count: 5, duration: PT1M }, duration: PT1H }, jitter: { from: PT0S, to: PT1S }, when: $error.status == 503 } } }"
        )
        guard case .try(let block) = task.kind, let retry = block.catch.retry else {
            Issue.record("\(task)")
            return
        }
        #expect(block.catch.with["type"]?.string == ErrorType.communication.uri && block.catch.with["status"] == 503)
        #expect(block.catch.then == .end && block.catch.variable == "error")
        guard case .milliseconds(3_000)? = retry.delay, case .milliseconds(60_000)? = retry.attemptTimeout,
            case .milliseconds(3_600_000)? = retry.limit, case .milliseconds(0)? = retry.jitterFrom,
            case .milliseconds(1_000)? = retry.jitterTo
        else {
            Issue.record("\(retry)")
            return
        }
        #expect(retry.backoff == .exponential && retry.attempts == 5 && retry.when?.scope == ["error"])
    }

    @Test func raisedErrorsComeFromUseByName() throws {
        let task = try task(
            "- a: { raise: { error: teapot } }",
            use:
                "{ errors: { teapot: { type: 'https://x.org/teapot', status: 418, title: 'Is ${ 1 }', detail: '${ .why }' } } }"
        )
        guard case .raise(let error) = task.kind, case .literal("https://x.org/teapot") = error.type,
            case .literal(418) = error.status, case .expression(let detail)? = error.detail
        else {
            Issue.record("\(task)")
            return
        }
        #expect(detail.position == "/use/errors/teapot/detail" && error.instance == nil)
    }

    @Test(
        arguments: [
            ("extract_text_activity", nil, nil), ("extract_text_activity:1.1.0", "1.1.0", nil),
            ("extract_text_activity:1.0.0@default", "1.0.0", "default"),
            ("extract_text_activity@default", nil, "default"),
        ] as [(String, String?, String?)])
    func functionsAreCalledByNameVersionAndCatalogue(call: String, version: String?, catalogue: String?) throws {
        guard
            case .call(.function(let name, let foundVersion, let foundCatalogue, let with)) = try task(
                "- a: { call: '\(call)' }"
            ).kind
        else {
            Issue.record("no function")
            return
        }
        #expect(name == "extract_text_activity" && foundVersion == version && foundCatalogue == catalogue)
        guard case .literal(.object(let none)) = with else {
            Issue.record("no arguments")
            return
        }
        #expect(none.isEmpty)
    }

    @Test func anActivityOfAnyWorkerIsCalledByNameAndQueue() throws {
        let task = try task(
            """
            - a:
                call: activity
                with:
                  name: greet
                  taskQueue: python
                  input: { name: '${ .name }' }
                  startToClose: PT10S
                  heartbeat: { seconds: 2 }
                  scheduleToClose: ${ .patience }
                  retry: { initialInterval: PT0.5S, backoffCoefficient: 2, maximumAttempts: 3, nonRetryableErrorTypes: [ Bad ] }
            """)
        guard case .call(.activity(let call)) = task.kind, case .milliseconds(10_000)? = call.startToClose,
            case .milliseconds(2_000)? = call.heartbeat, case .template(.expression)? = call.scheduleToClose
        else {
            Issue.record("\(task)")
            return
        }
        #expect(call.name == "greet" && call.taskQueue == "python" && call.scheduleToStart == nil)
        #expect(
            call.retry.map(JSONValue.object)?.serialized()
                == #"{"initialInterval":0.5,"backoffCoefficient":2,"maximumAttempts":3,"nonRetryableErrorTypes":["Bad"]}"#
                || call.retry?["maximumAttempts"] == 3 && call.retry?["initialInterval"] == 0.5)
    }

    @Test func aFunctionOfTheDefinitionGetsItsArgumentsAsInput() throws {
        let text = """
            document: { dsl: 1.0.3, namespace: test, name: example, version: 1.0.0 }
            use:
              functions:
                get: { input: { schema: { document: { type: object } } }, call: http, with: { method: get, endpoint: 'https://x.org/{id}' } }
                twice: { do: [ { one: { call: get, with: { id: 1 } } }, { two: { call: get, with: { id: '${ .id }' } } } ] }
            do: [ { a: { call: twice, with: { id: '${ .pet }' } } } ]
            """
        let definition = try loaded(text)
        #expect(definition.referencedFunctions == ["http"])
        guard case .do(let outer) = definition.tasks.tasks[0].kind,
            case .set(.object(let arguments)) = outer.tasks[0].kind,
            case .do(let twice) = outer.tasks[1].kind, case .do(let get) = twice.tasks[1].kind,
            case .call(.http) = get.tasks[1].kind
        else {
            Issue.record("\(definition.tasks)")
            return
        }
        #expect(arguments.map(\.key) == ["id"])
        #expect(outer.tasks.map(\.position.description) == ["/do/0/a/with", "/use/functions/twice"])
        #expect(get.tasks[1].input.schema != nil)
    }

    @Test func anEnhancementPointKnowsWhatItCovers() throws {
        let definition = try loaded(
            definition(
                """
                - a: { call: log }
                - understand:
                    do:
                      - b: { call: ai_summarize_activity, with: { text: '${ .text }', max_words: 10 } }
                      - c: { call: log }
                    metadata:
                      enhancement:
                        id: summary
                        tiers: [ premium, enterprise ]
                        fallback: { do: [ { d: { set: { summary: null } } } ] }
                        timeout: PT30S
                """))
        #expect(
            definition.enhancementPoints == [
                EnhancementPoint(
                    id: "summary", task: "understand", position: "/do/1/understand", tiers: ["premium", "enterprise"],
                    fallback: .tasks, calls: ["ai_summarize_activity", "log"], aiFunctions: ["ai_summarize_activity"])
            ])
        #expect(definition.referencedFunctions == ["log", "ai_summarize_activity"])
        let enhancement = try #require(definition.tasks.tasks[1].enhancement)
        guard case .tasks(let fallback) = enhancement.fallback, case .milliseconds(30_000)? = enhancement.timeout else {
            Issue.record("\(enhancement)")
            return
        }
        #expect(fallback.tasks[0].position == "/do/1/understand/metadata/enhancement/fallback/do/0/d")
    }

    @Test func fallbacksAreAValueTasksOrTheFault() throws {
        for (fallback, kind) in [
            ("{ value: null }", EnhancementPoint.FallbackKind.value), ("{ value: '${ .x }' }", .value),
            ("{ do: [ { b: { set: { x: 1 } } } ] }", .tasks), ("{ fault: true }", .fault),
        ] {
            let loaded = try loaded(
                definition(
                    "- a: { call: log, metadata: { enhancement: { id: s, tiers: [x], fallback: \(fallback) } } }"))
            #expect(loaded.enhancementPoints.map(\.fallback) == [kind])
        }
    }

    @Test(arguments: [
        ("configuration", 400), ("validation", 400), ("expression", 400), ("authentication", 401),
        ("authorization", 403),
        ("timeout", 408), ("communication", 500), ("runtime", 500),
    ])
    func standardTypesAreKnownUnderEveryPrefix(name: String, status: Int) throws {
        let type = try #require(ErrorType(name))
        #expect(type.status == status)
        for prefix in [
            "", "https://serverlessworkflow.io/spec/1.0.0/errors/",
            "https://open-workflow-specification.org/spec/1.0.0/errors/",
            "https://open-workflow-specification.org/spec/1.0.3/errors/",
            "https://serverlessworkflow.io/dsl/errors/types/",
            "https://open-workflow-specification.org/dsl/errors/types/", "https://serverlessworkflow.io/errors/types/",
        ] {
            #expect(ErrorType.canonical(prefix + name) == type.uri)
        }
        for other in [
            "https://x.org/\(name)", "https://serverlessworkflow.io/errors/\(name)", "\(name)s",
            "https://serverlessworkflow.io/",
        ] {
            #expect(ErrorType.canonical(other) == other)
        }
    }

    @Test(arguments: [
        ("PT30S", 30_000), ("PT0S", 0), ("PT1H2M3.004S", 3_723_004), ("P1DT12H", 129_600_000), ("P2W", 1_209_600_000),
        ("PT0.5S", 500), ("P1.5D", 129_600_000), ("PT90M", 5_400_000), ("PT0.0004S", 0),
        ("P36500D", DurationValue.longest),
    ])
    func isoDurationsAreMilliseconds(text: String, milliseconds: Int64) throws {
        #expect(try DurationValue.milliseconds(of: .string(text)) == milliseconds)
    }

    @Test(arguments: [
        "", "P", "PT", "30S", "pt30s", "PT30", "PT30S ", "P1H", "PT1D", "PT1S1M", "PT.5S", "PT5.S", "PT1.2.3S", "P-1D",
        "-P1D",
        "PTT1S", "P1Y", "P1M", "P36501D", "PT99999999999999999999S", "PT1e5S", "PT١S", "P1DT",
    ])
    func wrongIsoDurationsAreRefused(text: String) {
        #expect(throws: DurationValue.Problem.self) { try DurationValue.milliseconds(of: .string(text)) }
    }
}
