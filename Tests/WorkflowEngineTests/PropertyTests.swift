import Foundation
import JSON
import Testing
import WorkflowEngine

/// What must hold for every run, tried on every case of every table.
@Suite("Interpreter: properties")
struct PropertyTests {
    private struct Turn {
        var effects: [String]
        var snapshot: String
    }

    private func replay(_ events: some Sequence<(event: Event, now: Instant)>, on start: Interpreter) -> [Turn] {
        var interpreter = start
        return events.map { item in
            let effects = interpreter.apply(item.event, now: item.now).map(\.line)
            return Turn(effects: effects, snapshot: interpreter.snapshot.json.serialized())
        }
    }

    @Test(arguments: [Case].all)
    func sameEventsGiveTheSameEffectsAndSnapshots(_ item: Case) throws {
        var driver = try item.driver()
        driver.run()
        let once = replay(driver.events, on: try item.interpreter())
        let twice = replay(driver.events, on: try item.interpreter())
        #expect(once.map(\.effects) == twice.map(\.effects))
        #expect(once.map(\.snapshot) == twice.map(\.snapshot))
        #expect(once.flatMap(\.effects) == driver.effects.map(\.line))
    }

    /// Restored through its text, as continue-as-new and time travel do.
    @Test(arguments: [Case].all)
    func runRestoredAtAnyStepGoesOnAsIfNothingHadHappened(_ item: Case) throws {
        var driver = try item.driver()
        driver.run()
        let definition = try item.definition()
        let whole = replay(driver.events, on: try item.interpreter())
        for index in whole.indices {
            let snapshot = Snapshot(json: try JSONValue(parsing: whole[index].snapshot))
            let restored = try Interpreter(definition: definition, restoring: snapshot)
            #expect(restored.snapshot.json.serialized() == whole[index].snapshot)
            // A run that continued as new is closed; its snapshot is what the next one begins with.
            if restored.isDraining { continue }
            let rest = replay(driver.events.dropFirst(index + 1), on: restored)
            #expect(rest.map(\.effects) == whole.dropFirst(index + 1).map(\.effects))
            #expect(rest.map(\.snapshot) == whole.dropFirst(index + 1).map(\.snapshot))
        }
    }

    @Test(arguments: [Case].all)
    func cancellationAtAnyPointUnwindsEverything(_ item: Case) throws {
        var whole = try item.driver()
        whole.run()
        for index in whole.events.indices {
            var interpreter = try item.interpreter()
            var activities: Set<ActivityID> = []
            var timers: Set<TimerID> = []
            func follow(_ effects: [Effect]) {
                for effect in effects {
                    switch effect {
                    case .scheduleActivity(let id, _): activities.insert(id)
                    case .cancelActivity(let id): #expect(activities.remove(id) != nil)
                    case .startTimer(let id, _, _): timers.insert(id)
                    case .cancelTimer(let id): #expect(timers.remove(id) != nil)
                    default: break
                    }
                }
            }
            for (event, now) in whole.events[...index] {
                switch event {
                case .activityCompleted(let id, _), .activityFailed(let id, _), .activityCancelled(let id):
                    activities.remove(id)
                case .timerFired(let id): timers.remove(id)
                default: break
                }
                follow(interpreter.apply(event, now: now))
            }
            guard interpreter.outcome == nil else {
                #expect(activities.isEmpty && timers.isEmpty, "a closed run leaves nothing open")
                continue
            }
            let now = whole.events[index].now
            let effects = interpreter.apply(.cancelRequested(reason: "enough"), now: now)
            follow(effects)
            #expect(activities.isEmpty && timers.isEmpty)
            #expect(effects.last == .cancelled(reason: "enough"))
            #expect(interpreter.outcome == .cancelled(reason: "enough"))
            #expect(interpreter.steps.allSatisfy { $0.status != .running })
            // What comes too late changes nothing.
            for (event, now) in whole.events[(index + 1)...] {
                #expect(interpreter.apply(event, now: now).isEmpty)
            }
        }
    }

    /// `WORKFLOW_ENGINE_SEEDS`: how many random definitions, 50 by default.
    private static let seeds = UInt64(ProcessInfo.processInfo.environment["WORKFLOW_ENGINE_SEEDS"] ?? "") ?? 50

    @Test func propertiesHoldForRandomDefinitions() throws {
        var ends: [String: Int] = [:]
        for seed in 1...Self.seeds {
            let item = RandomCase.make(seed: seed)
            do {
                var driver = try item.driver()
                driver.run()
                switch driver.interpreter.outcome {
                case .completed: ends["completed", default: 0] += 1
                case .failed: ends["failed", default: 0] += 1
                default: ends["waits", default: 0] += 1
                }
                if driver.interpreter.outcome != nil { #expect(driver.interpreter.waits.isEmpty) }
                try sameEventsGiveTheSameEffectsAndSnapshots(item)
                try runRestoredAtAnyStepGoesOnAsIfNothingHadHappened(item)
                try cancellationAtAnyPointUnwindsEverything(item)
                try drainAtAnyPointEndsOrContinues(item)
            } catch {
                Issue.record("seed \(seed): \(error)\n\(item.yaml)")
            }
        }
        print(
            "random definitions: \(ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
        )
    }

    /// A drained run never begins a step, and its successor can always go on.
    private func drainAtAnyPointEndsOrContinues(_ item: Case) throws {
        var whole = try item.driver()
        whole.run()
        for index in whole.events.indices.dropLast() {
            var driver = try item.driver()
            driver.apply(.start)
            for _ in 0..<index { _ = driver.advance() }
            let count = driver.interpreter.stepCount
            driver.apply(.drain)
            driver.finish()
            #expect(driver.interpreter.stepCount == count)
            guard driver.interpreter.outcome == .continued, case .continueAsNew(let snapshot)? = driver.effects.last
            else {
                continue
            }
            let successor = try Interpreter(
                definition: try item.definition(),
                restoring: Snapshot(json: JSONValue(parsing: snapshot.json.serialized())))
            driver = Driver(continuing: driver, as: successor)
            driver.apply(.resume)
            driver.finish()
            #expect((driver.interpreter.outcome == nil) == driver.isStuck)
        }
    }

    @Test(arguments: [Case].all)
    func runThatContinuesAsNewAtAnyPointEndsTheSame(_ item: Case) throws {
        guard !item.isTimeSensitive, case .output = item.end else { return }
        var whole = try item.driver()
        whole.run()
        for index in whole.events.indices.dropLast() {
            var driver = try item.driver()
            driver.apply(.start)
            for _ in 0..<index { _ = driver.advance() }
            driver.apply(.drain)
            driver.finish()
            if driver.interpreter.outcome == .continued {
                guard case .continueAsNew(let snapshot)? = driver.effects.last else {
                    Issue.record("no snapshot")
                    continue
                }
                let parsed = Snapshot(json: try JSONValue(parsing: snapshot.json.serialized()))
                let successor = try Interpreter(definition: try item.definition(), restoring: parsed)
                driver = Driver(continuing: driver, as: successor)
                driver.apply(.resume)
                driver.finish()
            }
            item.check(driver.interpreter.outcome)
            #expect(driver.now == whole.now, "deadlines are absolute")
        }
    }
}
