import JSON
import Testing
import WorkflowDefinition
import WorkflowEngine

@Suite("Interpreter: what it asks for")
struct EffectTests {
    private func start(_ yaml: String, input: JSONValue = [:], aiEnhanced: Bool = false) throws -> [Effect] {
        let context = RunContext(
            executionID: "run-1", startedAt: Instant(milliseconds: 0), aiEnhanced: aiEnhanced, tier: "premium")
        var run = Interpreter(definition: try load(yaml), context: context, input: input)
        return run.apply(.start, now: Instant(milliseconds: 0))
    }

    private func request(_ effects: [Effect]) throws -> ActivityRequest {
        guard case .scheduleActivity(1, let request)? = effects.first else {
            Issue.record("no activity: \(effects)")
            throw CancellationError()
        }
        return request
    }

    @Test func functionCallNamesItsFunctionAndStep() throws {
        let request = try request(
            try start("do: [ { outer: { do: [ { a: { call: 'work:1.0.0', with: { x: 1 } } } ] } } ]"))
        #expect(request.target == .function(name: "work", version: "1.0.0"))
        #expect(request.input == ["x": 1])
        #expect(request.position == "/do/0/outer/do/0/a")
        #expect(request.step == "a")
        #expect(request.enhancement == nil && request.scheduleToClose == nil)
    }

    @Test func expressionsOverSecretsAreLeftToTheWorkerWithAllTheyNeed() throws {
        let effects = try start(
            """
            use: { secrets: [token, other] }
            do:
              - a:
                  call: http
                  with:
                    method: GET
                    endpoint: http://example.com/
                    headers: { Authorization: '${ "Bearer " + $secrets.token }', X: '${ .x }' }
                    body: ['${ "\\($input.x) \\(.x) " + $secrets.other }']
            """, input: ["x": "plain", "y": "not needed"])
        let request = try request(effects)
        #expect(request.input["headers"]?["Authorization"] == #"${ "Bearer " + $secrets.token }"#)
        #expect(request.input["headers"]?["X"] == "plain")
        #expect(request.deferred.map(\.place.description) == ["/headers/Authorization", "/body/0"])
        #expect(request.deferred.map(\.secrets) == [["token"], ["other"]])
        // What the expression does not look at does not travel.
        #expect(request.deferred.first?.input == .null && request.deferred.first?.variables == [:])
        #expect(request.deferred.last?.input == ["x": "plain", "y": "not needed"])
        #expect(request.deferred.last?.variables == ["input": ["x": "plain", "y": "not needed"]])
    }

    @Test func activityCallCarriesItsTimeoutsAndRetryPolicy() throws {
        let request = try request(
            try start(
                """
                do:
                  - a:
                      call: activity
                      with:
                        name: py
                        taskQueue: python
                        input: [1]
                        scheduleToClose: PT1M
                        startToClose: { seconds: 5 }
                        heartbeat: { seconds: 2 }
                        retry: { maximumAttempts: 3 }
                """))
        #expect(request.target == .activity(name: "py", taskQueue: "python"))
        #expect(request.scheduleToClose == 60_000 && request.startToClose == 5_000 && request.heartbeat == 2_000)
        #expect(request.scheduleToStart == nil)
        #expect(request.retry?["maximumAttempts"] == 3)
    }

    @Test func callsInsideAnEnhancementPointAreBoundedByItsTimeout() throws {
        func yaml(_ timeout: String) -> String {
            """
            do:
              - s:
                  do: [ { c: { call: ai_summarize_activity } } ]
                  metadata: { enhancement: { id: sum, tiers: [premium], fallback: { do: [ { f: { call: work } } ] } \(timeout) } }
            """
        }
        let usual = try request(try start(yaml(""), aiEnhanced: true))
        #expect(usual.scheduleToClose == 60_000 && usual.enhancement == "sum")
        let given = try request(try start(yaml(", timeout: { seconds: 7 }"), aiEnhanced: true))
        #expect(given.scheduleToClose == 7_000)
        let fallback = try request(try start(yaml(""), aiEnhanced: false))
        #expect(fallback.step == "f" && fallback.scheduleToClose == nil && fallback.enhancement == nil)
    }

    @Test func timersSayWhatTheyAreFor() throws {
        let effects = try start("do: [ { nap: { timeout: { after: PT1H }, wait: PT1M } } ]")
        #expect(
            effects == [
                .startTimer(1, milliseconds: 3_600_000, summary: "nap: timeout"),
                .startTimer(2, milliseconds: 60_000, summary: "nap"),
            ])
    }

    @Test func branchesAskInTheirOrder() throws {
        let effects = try start(
            "do: [ { f: { fork: { branches: [ { a: { call: work } }, { b: { wait: PT1M } }, { c: { call: work } } ] } } } ]"
        )
        #expect(effects.map(\.line) == ["activity 1 a {}", "timer 1 60000 b", "activity 2 c {}"])
    }

    @Test func waitsNameWhatIsOpen() throws {
        let context = RunContext(executionID: "run-1", startedAt: Instant(milliseconds: 0))
        var run = Interpreter(
            definition: try load(
                "do: [ { f: { fork: { branches: [ { a: { call: work } }, { b: { wait: PT1M } } ] } } } ]"),
            context: context, input: .null)
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        #expect(
            run.waits == [
                "/do/0/f/fork/branches/0/a: activity 1 work",
                "/do/0/f/fork/branches/1/b: timer 1 (wait) until 1970-01-01T00:01:00.000Z",
            ])
        #expect(run.footprint > 0)
    }

    @Test func workflowTimeoutCountsFromTheStartOfTheRun() throws {
        let context = RunContext(executionID: "run-1", startedAt: Instant(milliseconds: 10_000))
        var run = Interpreter(
            definition: try load("timeout: { after: PT1M }\ndo: [ { a: { call: work } } ]"), context: context,
            input: .null)
        let effects = run.apply(.start, now: Instant(milliseconds: 15_000))
        #expect(effects.first == .startTimer(1, milliseconds: 55_000, summary: "case: timeout"))
    }

    @Test func drainedRunWaitsForItsActivitiesAndBeginsNothing() throws {
        let definition = try load("do: [ { a: { call: work } }, { b: { call: work } } ]")
        let context = RunContext(executionID: "run-1", startedAt: Instant(milliseconds: 0))
        var run = Interpreter(definition: definition, context: context, input: ["x": 1])
        let now = Instant(milliseconds: 0)
        #expect(run.apply(.start, now: now).map(\.line) == ["activity 1 a {}"])
        #expect(run.apply(.drain, now: now).isEmpty)
        let effects = run.apply(.activityCompleted(1, ["y": 2]), now: now)
        guard case .continueAsNew(let snapshot)? = effects.last, effects.count == 1 else {
            Issue.record("\(effects)")
            return
        }
        #expect(run.outcome == .continued)
        var next = try Interpreter(definition: definition, restoring: snapshot)
        #expect(next.apply(.resume, now: now).map(\.line) == ["activity 1 b {}"])
        #expect(next.apply(.activityCompleted(1, 3), now: now) == [.complete(3)])
        #expect(next.steps.map(\.number) == [1, 2])
    }

    @Test func openTimersKeepTheirDeadlinesInTheNextRun() throws {
        let definition = try load("do: [ { a: { wait: PT10S } }, { b: { set: { n: 1 } } } ]")
        let context = RunContext(executionID: "run-1", startedAt: Instant(milliseconds: 0))
        var run = Interpreter(definition: definition, context: context, input: [:])
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        guard case .continueAsNew(let snapshot)? = run.apply(.drain, now: Instant(milliseconds: 4_000)).last else {
            Issue.record("nothing but a timer is open")
            return
        }
        var next = try Interpreter(definition: definition, restoring: snapshot)
        let effects = next.apply(.resume, now: Instant(milliseconds: 5_000))
        #expect(effects == [.startTimer(1, milliseconds: 5_000, summary: "a")])
        #expect(next.apply(.timerFired(1), now: Instant(milliseconds: 10_000)) == [.complete(["n": 1])])
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_641_024_000_123, "2022-01-01T08:00:00.123Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func momentsAreISO8601(milliseconds: Int64, text: String) {
        #expect(Instant(milliseconds: milliseconds).iso8601 == text)
    }
}
