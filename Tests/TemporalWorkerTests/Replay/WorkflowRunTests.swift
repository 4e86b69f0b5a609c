import Temporal
import Testing

@Suite struct FoldingAHistoryTests {
    private static let cause = Failure.application("boom", type: "Boom")

    @Test func aFiredTimerWakesTheMachine() throws {
        var history = RecordedHistory()
        history.task()
        history.add(.timerStarted(id: "1"))
        history.add(.timerFired(id: "1"))
        history.openTask()
        let run = try fold(history, [[.timer(1)], [.done]])
        #expect(run.machine?.jobs == ["timer 1 fired"])
        #expect(run.outgoing.map(\.summary) == ["CompleteWorkflowExecution"])
        #expect(run.outcome == nil)
        #expect(run.machine?.activations.map(\.isReplaying) == [true, false])
        #expect(run.machine?.activations.map(\.now.seconds) == [1_003, 1_008])
    }

    @Test func aTimerCancelledInTheTurnThatStartedItIsNeverSent() throws {
        var history = RecordedHistory()
        history.openTask()
        let run = try fold(history, [[.timer(1), .schedule(1), .cancelTimer(1), .timer(2)]])
        #expect(run.outgoing.map(\.summary) == ["ScheduleActivityTask 1 (work)", "StartTimer 2"])
    }

    @Test func aRecordedTurnSkipsWhatWasCancelledBeforeItWasSent() throws {
        var history = RecordedHistory()
        history.task()
        _ = history.scheduled(2)
        history.add(.timerStarted(id: "1"))
        let script: [[Command]] = [
            [.schedule(1), .schedule(2), .timer(1), .timer(2), .cancelActivity(1), .cancelTimer(2)]
        ]
        #expect(try fold(history, script).outgoing.isEmpty)
    }

    @Test func aCancelledTimerThatIsRunningIsCancelledOnTheServerAndNeverFires() throws {
        var history = RecordedHistory()
        history.task()
        history.add(.timerStarted(id: "1"))
        history.signal("stop")
        history.task()
        history.add(.timerCancelled(id: "1"))
        history.signal("go")
        history.openTask()
        let run = try fold(history, [[.timer(1)], [.cancelTimer(1), .cancelTimer(1)], []])
        #expect(run.machine?.jobs == ["signal stop", "signal go"])
        #expect(run.waitingFor.isEmpty)
    }

    @Test func aCancelThatComesAfterTheFiringSendsNothing() throws {
        var history = RecordedHistory()
        history.task()
        history.add(.timerStarted(id: "1"))
        history.signal("stop")
        history.add(.timerFired(id: "1"))
        history.openTask()
        let run = try fold(history, [[.timer(1)], [.cancelTimer(1)]])
        #expect(run.machine?.jobs == ["signal stop", "timer 1 fired"])
        #expect(run.outgoing.isEmpty)
    }

    @Test func anActivitysResultReachesTheMachine() throws {
        var history = RecordedHistory()
        history.task()
        let event = history.scheduled(1)
        history.completed(event, "42")
        history.openTask()
        #expect(try fold(history, [[.schedule(1)]]).machine?.jobs == ["activity 1 completed 42"])
    }

    @Test(arguments: ["fail", "time out", "cancel"])
    func anActivityThatDoesNotCompleteTellsWhyWithTheCauseInside(_ how: String) throws {
        var history = RecordedHistory()
        history.task()
        let event = history.scheduled(1)
        let end = HistoryEvent.ActivityEnd(
            scheduledEventID: event, startedEventID: 6, identity: "w", retryState: .maximumAttemptsReached)
        let expected: String
        switch how {
        case "fail":
            history.add(.activityFailed(end, Self.cause))
            expected = "activity 1 failed: Activity task failed: boom"
        case "time out":
            let timeout = Failure(kind: .timeout(.startToClose, lastHeartbeatDetails: []), message: "too slow")
            history.add(.activityTimedOut(end, timeout))
            expected = "activity 1 failed: Activity task timed out: too slow"
        default:
            history.add(.activityCancelled(end, details: [.null]))
            expected = "activity 1 cancelled: Activity cancelled: Activity cancelled"
        }
        history.openTask()
        let run = try fold(history, [[.schedule(1)]])
        #expect(run.machine?.jobs == [expected])
        guard case .activity(_, .failed(let failure))? = run.machine?.activations.last?.jobs.first else { return }
        let kind = Failure.Kind.activity(
            activityType: "work", activityID: "1", scheduledEventID: event, startedEventID: 6, identity: "w",
            retryState: .maximumAttemptsReached)
        #expect(failure.kind == kind)
    }

    @Test(arguments: [ActivityOptions.CancellationType.tryCancel, .abandon, .waitCompleted])
    func aCancelledActivityAnswersAsItsCancellationTypeSays(_ type: ActivityOptions.CancellationType) throws {
        var history = RecordedHistory()
        history.task()
        let event = history.scheduled(1)
        history.signal("stop")
        history.task()
        if type != .abandon { history.add(.activityCancelRequested(scheduledEventID: event)) }
        history.completed(event)
        history.openTask()
        let run = try fold(
            history, [[.schedule(1, cancellation: type)], [.cancelActivity(1), .cancelActivity(1)], []])
        let resolution = type == .waitCompleted ? ["activity 1 completed 1"] : []
        #expect(run.machine?.jobs == ["signal stop"] + resolution)
    }

    @Test func whoWaitsForACancelledActivityThatWasNeverSentHearsAtOnce() throws {
        var history = RecordedHistory()
        history.openTask()
        let script: [[Command]] = [[.schedule(1, cancellation: .waitCompleted), .cancelActivity(1)], [.timer(1)]]
        let run = try fold(history, script)
        #expect(run.machine?.jobs == ["activity 1 cancelled: Activity cancelled: Activity cancelled"])
        #expect(run.outgoing.map(\.summary) == ["StartTimer 1"])
        #expect(Set(run.machine?.activations.map(\.now) ?? []).count == 1)
    }

    @Test func signalsAndACancelRequestArriveInHistorysOrder() throws {
        var history = RecordedHistory()
        history.signal("first")
        history.task()
        let event = history.scheduled(1)
        history.signal("second")
        history.completed(event)
        history.add(.cancelRequested(reason: "enough"))
        history.signal("third")
        history.openTask()
        let expected = [
            "signal first", "signal second", "activity 1 completed 1", "cancel requested enough", "signal third",
        ]
        #expect(try fold(history, [[.schedule(1)]]).machine?.jobs == expected)
    }

    @Test func failedAndTimedOutTasksAreNoTurns() throws {
        var history = RecordedHistory()
        history.failedTask()
        history.signal("early")
        history.timedOutTask()
        history.task()
        history.add(.timerStarted(id: "1"))
        history.signal("a")
        history.failedTask()
        history.signal("b")
        history.openTask()
        let run = try fold(history, [[.timer(1)]])
        #expect(
            run.machine?.activations.map { $0.jobs.map(describe) } == [["signal early"], ["signal a", "signal b"]])
    }

    @Test func aTaskWithoutNewsDoesNotWakeTheMachine() throws {
        var history = RecordedHistory()
        history.task()
        history.add(.timerStarted(id: "1"))
        history.task()
        history.task()
        history.signal("a")
        history.task()
        history.openTask()
        #expect(try fold(history, [[.timer(1)]]).machine?.activations.count == 2)
    }

    @Test func theFirstTerminalCommandClosesAfterAllOthers() throws {
        var history = RecordedHistory()
        history.openTask()
        let run = try fold(history, [[.done, .schedule(1), .fail(Self.cause), .timer(1)]])
        #expect(
            run.outgoing.map(\.summary) == [
                "ScheduleActivityTask 1 (work)", "StartTimer 1", "CompleteWorkflowExecution",
            ])
        guard case .completed? = run.closing else {
            Issue.record("not closing")
            return
        }
    }

    @Test func aClosedRunStillAnswersQueriesOneThatHasNotBegunSaysSo() throws {
        var history = RecordedHistory()
        let new = try fold(history, [])
        #expect(throws: Failure.self) { try new.query(QueryCall(name: "activations")) }
        history.task()
        history.add(.completed([.null]))
        let run = try fold(history, [[.done]])
        #expect(try text(run.query(QueryCall(name: "activations"))) == "1")
        guard case .completed? = run.outcome else {
            Issue.record("open")
            return
        }
        #expect(run.outgoing.isEmpty)
    }

    @Test func aRunEndedFromOutsideKeepsWhatItsMachineKnew() throws {
        for end in [HistoryEvent.Kind.terminated(reason: "x", details: []), .timedOut] {
            var history = RecordedHistory()
            history.task()
            history.add(.timerStarted(id: "1"))
            history.signal("a")
            history.openTask()
            history.add(end)
            let run = try fold(history, [[.timer(1)]])
            #expect(run.machine?.activations.count == 1)
            #expect(run.outcome != nil)
        }
    }

    @Test func aResetGivesNewRandomNumbers() throws {
        var history = RecordedHistory(runID: "a")
        history.failedTask(resetRunID: "b")
        history.openTask()
        let run = try fold(history, [])
        guard case .reseed(let seed)? = run.machine?.activations.first?.jobs.first else {
            Issue.record("none")
            return
        }
        #expect(seed != run.machine?.start.randomSeed)
    }

    @Test func theSeedOfARunNeverChangesBetweenVersions() throws {
        var history = RecordedHistory(runID: "0b5b5f4e-7d1c-4f0b-9a53-0d7f4fd1c3aa")
        history.openTask()
        #expect(try fold(history, []).machine?.start.randomSeed == 5_769_416_327_535_954_409)
    }

    @Test func aMachineThatCancelsWhatItSchedulesWithoutEndIsStopped() throws {
        var history = RecordedHistory()
        history.openTask()
        #expect(throws: ReplayFault.self) {
            try fold(history, (1...20_000).map { [.schedule($0, cancellation: .waitCompleted), .cancelActivity($0)] })
        }
    }

    @Test(arguments: [
        [Command.cancelTimer(1)], [.cancelActivity(7)], [.schedule(1), .schedule(1)], [.timer(2), .timer(1)],
        [.timer(0)],
    ])
    func aMachineThatMiscountsFailsItsTask(_ commands: [Command]) throws {
        var history = RecordedHistory()
        history.openTask()
        #expect(throws: ReplayFault.self) { try fold(history, [commands]) }
    }

    @Test func aRunThatTheWorkerClosedForItsSizeReplays() throws {
        var history = RecordedHistory()
        history.task()
        history.add(.failed(.application("too large", type: "PayloadTooLarge", nonRetryable: true)))
        let run = try fold(history, [[.schedule(1), .timer(1)]])
        guard case .failed? = run.outcome else {
            Issue.record("open")
            return
        }
    }
}
