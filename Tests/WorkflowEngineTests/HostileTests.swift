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
        #expect(run.stepCount > 90_000 && run.steps.count <= 2_000)
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

    @Test func workflowInputThatIsTooDeepIsAnError() throws {
        var deep: JSONValue = 1
        for _ in 0..<505 { deep = [deep] }
        var run = try interpreter("do: [ { a: { call: work } } ]", input: deep)
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        #expect(try failure(run).detail?.contains("nested") == true)
    }

    @Test func branchesTogetherMayNotHoldMoreThanTheBound() throws {
        let branches = (0..<12).map { "{ b\($0): { do: [ { s: { call: work } }, { c: { wait: PT1H } } ] } }" }
        var run = try interpreter("do: [ { f: { fork: { branches: [ \(branches.joined(separator: ", ")) ] } } } ]")
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        for id: ActivityID in 1...12 {
            let large = JSONValue.string(String(repeating: "x", count: 30 << 20))
            _ = run.apply(.activityCompleted(id, large), now: Instant(milliseconds: 1))
        }
        #expect(try failure(run).detail?.contains("256 MiB") == true)
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
        newer["engine"] = .integer(Int64(Interpreter.engineVersion + 1))
        #expect(throws: SnapshotError.self) {
            try Interpreter(definition: definition, restoring: Snapshot(json: .object(newer)))
        }
        let other = try load("do: [ { g: { call: work } } ]")
        #expect(throws: SnapshotError.self) { try Interpreter(definition: other, restoring: run.snapshot) }
    }

    /// Every leaf of a rich snapshot, replaced by whatever does not belong there.
    @Test func noDamageInsideASnapshotCrashes() throws {
        let yaml = """
            timeout: { after: PT1H }
            do:
              - f:
                  fork:
                    branches:
                      - a: { for: { in: '[1, 2]' }, do: [ { c: { call: work } } ] }
                      - b: { try: [ { r: { raise: { error: { type: x, status: 500, title: t } } } } ], catch: { retry: { delay: PT1S } } }
                      - c: { fork: { compete: true, branches: [ { x: { call: work } }, { y: { wait: PT1M } } ] } }
                      - d: { call: work, metadata: { enhancement: { id: d, tiers: [p], fallback: { do: [ { z: { wait: PT1S } } ] } } } }
              - after: { set: { n: 1 } }
            """
        let definition = try load(yaml)
        var run = try interpreter(yaml)
        _ = run.apply(.start, now: Instant(milliseconds: 0))
        let whole = run.snapshot.json
        let replacements: [JSONValue] = [nil, -1, 0, 1, 3, 99, 4_294_967_296, "x", "body", [], [1], ["a": 1]]
        var restored = 0
        for pointer in leaves(of: whole, at: .root) where pointer.tokens.first != "log" {
            for replacement in replacements {
                let damaged = Snapshot(json: replace(whole, pointer.tokens[...], by: replacement))
                guard let other = try? Interpreter(definition: definition, restoring: damaged) else { continue }
                restored += 1
                for event in [Event.resume, .drain, .start] {
                    var run = other
                    _ = run.apply(event, now: Instant(milliseconds: 1))
                    for id: UInt32 in 1...4 {
                        _ = run.apply(.timerFired(id), now: Instant(milliseconds: 2))
                        _ = run.apply(.activityCompleted(id, [1]), now: Instant(milliseconds: 3))
                        _ = run.apply(.activityFailed(id, WorkflowError(.timeout)), now: Instant(milliseconds: 4))
                    }
                    _ = run.snapshot
                    _ = run.apply(.cancelRequested(reason: ""), now: Instant(milliseconds: 5))
                }
            }
        }
        #expect(restored > 100)
    }

    private func leaves(of value: JSONValue, at pointer: JSONPointer) -> [JSONPointer] {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            [pointer] + elements.enumerated().flatMap { leaves(of: $0.element, at: pointer.appending($0.offset)) }
        case .object(let object) where !object.isEmpty:
            [pointer] + object.flatMap { leaves(of: $0.value, at: pointer.appending($0.key)) }
        default: [pointer]
        }
    }

    private func replace(_ value: JSONValue, _ path: ArraySlice<String>, by other: JSONValue) -> JSONValue {
        guard let first = path.first else { return other }
        switch value {
        case .array(var elements):
            guard let index = Int(first) else { return value }
            elements[index] = replace(elements[index], path.dropFirst(), by: other)
            return .array(elements)
        case .object(var object):
            object[first] = replace(object[first] ?? .null, path.dropFirst(), by: other)
            return .object(object)
        default: return value
        }
    }
}
