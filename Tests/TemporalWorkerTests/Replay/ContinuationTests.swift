import Temporal
import Testing

/// A run that lives on between its tasks.
@Suite struct ContinuationTests {
    private func firstTask() throws -> (RecordedHistory, WorkflowRun<ScriptMachine>) {
        var history = RecordedHistory()
        history.openTask()
        var run = try fold(history, [[.schedule(1), .timer(1), .timer(2), .cancelTimer(2)], [.done]])
        run.forgetWhatWasSent()
        return (history, run)
    }

    private func answered(_ history: RecordedHistory) -> RecordedHistory {
        var history = history
        history.add(.workflowTaskCompleted(sdkName: "us", sdkVersion: "1"))
        let activity = history.scheduled(1)
        history.add(.timerStarted(id: "1"))
        history.signal("go")
        history.completed(activity, "42")
        history.openTask()
        return history
    }

    @Test(arguments: [true, false])
    func theNextTaskIsFoldedOnWhetherItBringsAllOrOnlyNews(_ isPartial: Bool) throws {
        let (first, begun) = try firstTask()
        var run = begun
        let events = answered(first).events
        let news = try #require(run.continuation(in: isPartial ? Array(events.dropFirst(3)) : events))
        #expect(news.first?.id == 4)
        #expect(try run.apply(history: Array(news)) == ["note"])
        #expect(run.machine?.activations.map(\.isReplaying) == [false, false])
        #expect(run.machine?.jobs == ["signal go", "activity 1 completed 42"])
        #expect(run.outgoing.map(\.summary) == ["CompleteWorkflowExecution"])
        #expect(run.recordedSDK == ("us", "1"))
        #expect(run.waitingFor == ["timer 1"])
    }

    @Test func tasksThatOthersAnsweredMeanwhileAreReplayed() throws {
        let (first, begun) = try firstTask()
        var run = begun
        var history = answered(first)
        history.add(.workflowTaskCompleted(sdkName: "", sdkVersion: ""))
        history.add(.completed([.null]))
        let news = try #require(run.continuation(in: history.events))
        try run.apply(history: Array(news))
        #expect(run.machine?.activations.map(\.isReplaying) == [false, true])
        #expect(run.outcome != nil && run.outgoing.isEmpty)
    }

    @Test func attemptsThatFailedAreNoTurns() throws {
        let (first, begun) = try firstTask()
        var run = begun
        var history = answered(first)
        history.add(.workflowTaskFailed(resetRunID: nil))
        history.timedOutTask()
        history.signal("again")
        history.openTask()
        try run.apply(history: Array(try #require(run.continuation(in: history.events))))
        #expect(run.machine?.jobs == ["signal go", "activity 1 completed 42", "signal again"])
        #expect(run.machine?.activations.count == 2)
    }

    /// Each of these histories tells of another course than the one that the run took.
    @Test func aHistoryThatDoesNotGoOnFromTheRunIsNoContinuation() throws {
        let (first, run) = try firstTask()
        var failed = first
        failed.add(.workflowTaskFailed(resetRunID: nil))
        failed.openTask()
        #expect(run.continuation(in: failed.events) == nil)
        var later = answered(first)
        later.add(.workflowTaskCompleted(sdkName: "", sdkVersion: ""))
        #expect(run.continuation(in: Array(later.events.dropFirst(4))) == nil)
        #expect(run.continuation(in: first.events) == nil)
        #expect(run.continuation(in: []) == nil)
    }

    @Test func aPartIsNeverFoldedFromItsMiddle() throws {
        let (first, run) = try firstTask()
        let events = answered(first).events
        for dropped in [0, 1, 4, 5] {
            var run = run
            #expect(throws: ReplayFault.self) { try run.apply(history: Array(events.dropFirst(dropped))) }
        }
        var empty = WorkflowRun<ScriptMachine>(namespace: "default", workflowID: "w", runID: "run")
        #expect(throws: ReplayFault.self) { try empty.apply(history: Array(events.dropFirst(3))) }
    }

    @Test func whatWasCommandedMustBeRecordedByTheNextTask() throws {
        let (first, begun) = try firstTask()
        var run = begun
        var history = first
        history.add(.workflowTaskCompleted(sdkName: "", sdkVersion: ""))
        _ = history.scheduled(1)
        history.openTask()
        let news = try #require(run.continuation(in: history.events))
        #expect(throws: ReplayFault.self) { try run.apply(history: Array(news)) }
    }

    @Test func whatWasSentIsNotHeldTwice() throws {
        var history = RecordedHistory()
        history.openTask()
        var options = ActivityOptions(
            activityType: "work", taskQueue: "", input: [.binary(.init(repeating: 7, count: 100_000))])
        options.headers = ["key": .null]
        var run = try fold(history, [[.scheduleActivity(1, options)]])
        run.forgetWhatWasSent()
        guard case .scheduleActivity(1, let kept)? = run.outgoing.first else {
            Issue.record("\(run.outgoing)")
            return
        }
        #expect(kept.input.isEmpty && kept.headers.isEmpty && kept.activityType == "work")
    }

    @Test func theFootprintCountsTheMachineTheStartAndWhatIsOpen() throws {
        var history = RecordedHistory()
        history.openTask()
        let idle = try fold(history, [[]])
        let busy = try fold(history, [(1...100).map { .schedule($0) } + (1...100).map { .timer($0) }])
        #expect(busy.footprint > idle.footprint + 100 * 100)
        #expect(idle.footprint > idle.machine?.footprint ?? .max)
        #expect(idle.footprint < 10_000)
    }
}
