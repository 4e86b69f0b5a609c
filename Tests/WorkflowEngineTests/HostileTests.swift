import JSON
import Testing
import WorkflowDefinition
import WorkflowEngine

@Suite("Interpreter: hostile definitions and inputs")
struct HostileTests {
    private func interpreter(_ yaml: String, input: JSONValue = [:]) throws -> Interpreter {
        let context = RunContext(executionID: "run-1", startedAt: Instant(milliseconds: 0))
        return Interpreter(definition: try load(yaml), context: context, input: input)
    }

    private func failure(_ interpreter: Interpreter) throws -> WorkflowError {
        guard case .failed(let error)? = interpreter.outcome else {
            Issue.record("did not fail: \(String(describing: interpreter.outcome))")
            throw CancellationError()
        }
        return error
    }

    @Test(.timeLimit(.minutes(1)))
    func loopThatNeverWaitsFaultsWithAClearError() throws {
        var run = try interpreter("do: [ { a: { set: { n: 1 } } }, { b: { set: { n: 2 }, then: a } } ]")
        let effects = run.apply(.start, now: Instant(milliseconds: 0))
        let error = try failure(run)
        #expect(error.detail?.contains("without waiting") == true)
        #expect(effects == [.fail(error)])
        #expect(run.stepCount > 90_000 && run.steps.count <= 1_200)
    }

    @Test(.timeLimit(.minutes(1)))
    func noTryCatchesTheEndOfTheBudget() throws {
        var run = try interpreter(
            """
            do:
              - t:
                  try: [ { a: { set: { n: 1 } } }, { b: { set: { n: 2 }, then: a } } ]
                  catch: { do: [ { h: { set: { caught: true } } } ] }
                  then: t
            """)
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        #expect(try failure(run).instance.hasPrefix("/do/0/t"))
    }

    @Test(.timeLimit(.minutes(1)))
    func loopThatWaitsMayTurnForEver() throws {
        var run = try interpreter("do: [ { w: { wait: { seconds: 1 } } }, { a: { set: { n: 1 }, then: w } } ]")
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        var snapshotSize = 0
        for turn in 1...20_000 {
            let effects = run.apply(.timerFired(TimerID(turn)), now: Instant(milliseconds: Int64(turn) * 1000))
            #expect(effects.count == 1)
            if turn == 5_000 { snapshotSize = run.snapshot.json.serialized().utf8.count }
        }
        #expect(run.outcome == nil)
        #expect(run.snapshot.json.serialized().utf8.count < snapshotSize * 2, "the state of a long run does not grow")
        #expect(run.footprint < 4 << 20)
    }

    @Test func branchesThatShareAValueSnapshotItOnce() throws {
        let branches = (0..<100).map {
            "          - b\($0): { do: [ { s: { set: { doc: '${ .doc }', n: \($0) } } }, { c: { call: work } } ] }"
        }
        let text = String(repeating: "All work and no play. ", count: 4_468)
        var run = try interpreter(
            "do:\n  - f:\n      fork:\n        branches:\n" + branches.joined(separator: "\n"),
            input: ["doc": .string(text)])
        let effects = run.apply(.start, now: Instant(milliseconds: 0))
        #expect(effects.count == 100)
        let size = run.snapshot.json.serialized().utf8.count
        #expect(text.utf8.count > 96_000 && size < text.utf8.count + 200_000, "\(size) bytes")
    }

    @Test func valueThatIsTooLargeIsAnError() throws {
        var run = try interpreter("do: [ { a: { call: work } } ]")
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        let large = JSONValue.string(String(repeating: "x", count: 33 << 20))
        _ = run.apply(.activityCompleted(1, large), now: Instant(milliseconds: 1))
        #expect(try failure(run).detail?.contains("32 MiB") == true)
    }

    @Test func valueThatIsTooDeepIsAnError() throws {
        var deep: JSONValue = 1
        for _ in 0..<505 { deep = [deep] }
        var run = try interpreter("do: [ { a: { call: work } } ]")
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        _ = run.apply(.activityCompleted(1, deep), now: Instant(milliseconds: 1))
        #expect(try failure(run).detail?.contains("nested") == true)
    }

    @Test func expressionThatNeverEndsIsAnExpressionError() throws {
        var run = try interpreter(
            """
            do: [ { t: { try: [ { a: { set: { n: '${ [range(1e12)] | length }' } } } ], catch: { do: [ { h: { set: { type: '${ $error.status }' } } } ] } } } ]
            """)
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        #expect(run.outcome == .completed(["type": 400]))
    }

    @Test func eventsAboutWhatIsNotOpenChangeNothing() throws {
        var run = try interpreter("do: [ { a: { call: work } } ]")
        let now = Instant(milliseconds: 0)
        #expect(run.apply(.activityCompleted(1, 1), now: now).isEmpty)
        #expect(run.apply(.start, now: now).count == 1)
        let before = run.snapshot
        for event in [
            Event.start, .timerFired(1), .activityCompleted(2, 1), .activityFailed(9, WorkflowError(.runtime)),
        ] {
            #expect(run.apply(event, now: now).isEmpty)
            #expect(run.snapshot == before)
        }
        #expect(run.apply(.activityCompleted(1, 5), now: now) == [.complete(5)])
        #expect(run.apply(.activityCompleted(1, 6), now: now).isEmpty)
        #expect(run.apply(.cancelRequested(reason: "late"), now: now).isEmpty)
        #expect(run.outcome == .completed(5))
    }

    @Test func deeplyNestedTasksRun() throws {
        var yaml = "{ set: { n: 1 } }"
        for depth in 0..<30 { yaml = "{ do: [ { t\(depth): \(yaml) } ] }" }
        var run = try interpreter("do: [ { top: \(yaml) } ]")
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        #expect(run.outcome == .completed(["n": 1]))
    }

    @Test func snapshotThatIsDamagedIsRefused() throws {
        let definition = try load(
            "do: [ { f: { fork: { branches: [ { a: { call: work } }, { b: { wait: PT1H } } ] } } } ]")
        var run = try interpreter(
            "do: [ { f: { fork: { branches: [ { a: { call: work } }, { b: { wait: PT1H } } ] } } } ]")
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        guard case .object(let whole) = run.snapshot.json else { return }
        #expect(throws: Never.self) {
            try Interpreter(definition: definition, restoring: Snapshot(json: .object(whole)))
        }
        for key in whole.keys where key != "outcome" && key != "draining" {
            for damage in [JSONValue.null, 7, "x", [1], [[1]], ["a": 1], 99_999_999_999] {
                var damaged = whole
                damaged[key] = damage
                // Restoring may refuse or take it; it must not crash, nor may the run.
                guard
                    var restored = try? Interpreter(definition: definition, restoring: Snapshot(json: .object(damaged)))
                else { continue }
                _ = restored.apply(.activityCompleted(1, 1), now: Instant(milliseconds: 1))
                _ = restored.apply(.timerFired(1), now: Instant(milliseconds: 1))
                _ = restored.apply(.cancelRequested(reason: ""), now: Instant(milliseconds: 1))
            }
        }
        var newer = whole
        newer["engine"] = 2
        #expect(throws: SnapshotError.self) {
            try Interpreter(definition: definition, restoring: Snapshot(json: .object(newer)))
        }
        let other = try load("do: [ { g: { call: work } } ]")
        #expect(throws: SnapshotError.self) { try Interpreter(definition: other, restoring: run.snapshot) }
    }
}
