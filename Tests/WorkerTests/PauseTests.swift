import Foundation
import JSON
import Temporal
import Testing
import Worker

/// What a pause does to the machine; `Tests/ExecutionsTests` shows the same on a server.
@Suite struct PauseTests {
    private static let two = """
        - both:
            fork:
              branches:
                - a: { call: activity, with: { name: one, taskQueue: q } }
                - b: { wait: { seconds: 5 } }
        - then: { call: activity, with: { name: two, taskQueue: q } }
        """

    private func machine(_ version: Int) throws -> DefinitionMachine {
        var pin = try pin(Self.two)
        pin.engineVersion = version
        return try DefinitionMachine(
            start: WorkflowStart(
                workflowID: "w", runID: "r", firstRunID: "r", namespace: "default", workflowType: "test",
                taskQueue: "workflows", input: pin.arguments(input: [:]), startedAt: Timestamp(seconds: 1_000),
                randomSeed: 7))
    }

    private func task(_ second: Int64, _ jobs: [Job] = [], continueAsNew: Bool = false) -> Activation {
        Activation(
            now: Timestamp(seconds: second), isReplaying: false, historyEvents: 3, historyBytes: 100,
            continueAsNewSuggested: continueAsNew, jobs: jobs)
    }

    private let pause = Job.signal(SignalCall(name: DefinitionMachine.pauseSignal, input: []))
    private let resume = Job.signal(SignalCall(name: DefinitionMachine.resumeSignal, input: []))

    private func activities(_ turn: Turn) -> [String] {
        turn.commands.compactMap {
            if case .scheduleActivity(_, let options) = $0 { options.activityType } else { nil }
        }
    }

    @Test func whatHappensInAPauseIsHeardOfAfterwardsInOrder() throws {
        var machine = try machine(DefinitionMachine.pauseVersion)
        #expect(activities(try machine.activate(task(1_001))) == ["one"])
        #expect(try machine.activate(task(1_002, [pause, pause])).commands.isEmpty)
        #expect(machine.pausedAt == Timestamp(seconds: 1_002))
        #expect(try machine.activate(task(1_006, [.timerFired(1)], continueAsNew: true)).commands.isEmpty)
        #expect(try machine.activate(task(1_007, [.activity(1, .completed(.json(["x": 1])))])).commands.isEmpty)
        #expect(activities(try machine.activate(task(1_008, [resume]))) == ["two"])
        #expect(machine.pausedAt == nil)
    }

    @Test func cancelPassesAPauseAndWhatWasHeldIsDropped() throws {
        var machine = try machine(DefinitionMachine.pauseVersion)
        _ = try machine.activate(task(1_001))
        _ = try machine.activate(task(1_002, [pause, .timerFired(1)]))
        let turn = try machine.activate(task(1_003, [.cancelRequested(reason: "enough")]))
        guard case .cancelled? = turn.commands.last else {
            Issue.record("\(turn.commands)")
            return
        }
        #expect(try machine.activate(task(1_004, [resume])).commands.isEmpty)
    }

    @Test func cancelBeforeTheFirstTaskLetsNothingBegin() throws {
        var machine = try machine(DefinitionMachine.pauseVersion)
        let turn = try machine.activate(task(1_001, [.cancelRequested(reason: "no")]))
        guard case .cancelled? = turn.commands.first, turn.commands.count == 1 else {
            Issue.record("\(turn.commands)")
            return
        }
    }

    /// Histories of before hold such signals as notes, if at all, and go on after them.
    @Test func runOfAnEarlierEngineIgnoresTheSignal() throws {
        var machine = try machine(DefinitionMachine.pauseVersion - 1)
        _ = try machine.activate(task(1_001))
        #expect(try machine.activate(task(1_002, [pause])).commands.isEmpty && machine.pausedAt == nil)
        let events: [Job] = [.timerFired(1), .activity(1, .completed(.json(["x": 1])))]
        #expect(activities(try machine.activate(task(1_006, events))) == ["two"])
    }
}
