import Temporal
import Testing

@Suite struct UpdateTests {
    private static func request(_ id: String, _ name: String = "set") -> UpdateRequest {
        UpdateRequest(id: id, call: UpdateCall(id: id, name: name), messageID: "\(id)/request", sequencingEventID: 2)
    }
    private static func recorded(_ id: String) -> HistoryEvent.Kind {
        .updateAccepted(id: id, UpdateCall(id: id, name: "set"))
    }
    private static func answer(_ id: String) -> Command { .completeUpdate(id: id, .success(.null)) }

    @Test func anUpdateIsAcceptedBeforeWhatItCommandsAndAnsweredAfterIt() throws {
        try conform(
            [[], [.timer(1), Self.answer("u")]], hears: ["update u set"],
            sends: ["acceptance of update u", "StartTimer 1", "completion of update u"], updates: [Self.request("u")]
        ) {
            $0.openTask()
        }
    }

    @Test func aRecordedUpdateIsHeardInTheTaskThatAcceptedIt() throws {
        try conform(
            [[], [.timer(1)], [Self.answer("u")]], hears: ["update u set", "timer 1 fired"],
            sends: ["completion of update u"]
        ) {
            $0.task()
            $0.add(Self.recorded("u"))
            $0.add(.timerStarted(id: "1"))
            $0.add(.timerFired(id: "1"))
            $0.openTask()
        }
    }

    @Test func anUpdateWakesARunThatHasNoOtherNews() throws {
        try conform([[], [Self.answer("u")]], hears: ["update u set"]) {
            $0.task()
            $0.task()
            $0.add(Self.recorded("u"))
            $0.add(.updateCompleted(id: "u"))
        }
    }

    @Test func updatesComeAfterAllElseThatATaskBrings() throws {
        try conform(
            [[.timer(1)], [], [Self.answer("a")], []],
            hears: ["timer 1 fired", "signal go", "update a set", "update b set"]
        ) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.add(.timerFired(id: "1"))
            $0.signal("go")
            $0.task()
            $0.add(Self.recorded("a"))
            $0.add(.updateCompleted(id: "a"))
            $0.add(Self.recorded("b"))
        }
    }

    @Test func aRejectedUpdateIsNotHeardAndSendsNoCommand() throws {
        let run = try conform(
            [[.timer(1)]], hears: [], sends: [], updates: [Self.request("u", "rejected")]
        ) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.openTask()
        }
        #expect(run.rejections.map(\.request.id) == ["u"])
        #expect(run.rejections.map(\.failure.message) == ["rejected is not wanted"])
        #expect(run.machine?.activations.count == 1)
    }

    @Test func aMachineWithoutHandlersRejects() {
        struct Deaf: WorkflowMachine {
            init(start: WorkflowStart) {}
            mutating func activate(_ task: Activation) -> Turn { Turn() }
            func query(_ query: QueryCall) -> Payload { .null }
            var footprint: Int { 0 }
        }
        var history = RecordedHistory()
        history.openTask()
        var run = WorkflowRun<Deaf>(namespace: "default", workflowID: "w", runID: "run")
        #expect(throws: Never.self) { try run.apply(history: history.events, updates: [Self.request("u")]) }
        #expect(run.outgoing.isEmpty)
        #expect(
            run.rejections.map(\.failure.kind) == [
                .application(type: "UnknownUpdate", nonRetryable: false, details: [], nextRetryDelay: nil)
            ])
    }

    @Test func anUpdateThatMeetsAClosingRunIsRejected() throws {
        let run = try conform(
            [[], [.done]], hears: ["signal stop"], sends: ["CompleteWorkflowExecution"], updates: [Self.request("u")]
        ) {
            $0.task()
            $0.signal("stop")
            $0.openTask()
        }
        #expect(run.rejections.map(\.failure.message) == ["the workflow is closing"])
    }

    @Test func anUpdateMayCloseTheRunThatItUpdates() throws {
        try conform(
            [[], [Self.answer("u"), .done]], hears: ["update u set"],
            sends: ["acceptance of update u", "completion of update u", "CompleteWorkflowExecution"],
            updates: [Self.request("u")]
        ) {
            $0.openTask()
        }
    }

    @Test func anUpdateThatAResetReappliesIsReadFromItsAdmission() throws {
        try conform(
            [[], [Self.answer("u")]], hears: ["reseed", "update u set"],
            sends: ["acceptance of update u", "completion of update u"]
        ) {
            $0.failedTask(resetRunID: "second")
            $0.add(.updateAdmitted(UpdateCall(id: "u", name: "set")))
            $0.openTask()
        }
        try conform([[], [Self.answer("u")]], hears: ["reseed", "update u set"]) {
            $0.failedTask(resetRunID: "second")
            $0.add(.updateAdmitted(UpdateCall(id: "u", name: "set")))
            $0.task()
            $0.add(.updateAccepted(id: "u", nil))
            $0.add(.updateCompleted(id: "u"))
        }
    }

    @Test func anAdmittedUpdateThatWasRejectedIsNotAskedForAgain() throws {
        try conform([[], []], hears: ["reseed", "signal go"]) {
            $0.failedTask(resetRunID: "second")
            $0.add(.updateAdmitted(UpdateCall(id: "u", name: "rejected")))
            $0.task()
            $0.signal("go")
            $0.openTask()
        }
    }

    @Test func whatAResetReappliesKeepsItsOrder() throws {
        for isRecorded in [false, true] {
            try conform(
                [[], [Self.answer("a")], [], [Self.answer("b")], [.done]],
                hears: ["reseed", "update a set", "signal go", "update b set", "signal end"],
                sends: isRecorded
                    ? []
                    : [
                        "acceptance of update a", "completion of update a", "acceptance of update b",
                        "completion of update b", "CompleteWorkflowExecution",
                    ]
            ) {
                $0.failedTask(resetRunID: "second")
                $0.add(.updateAdmitted(UpdateCall(id: "a", name: "set")))
                $0.signal("go")
                $0.add(.updateAdmitted(UpdateCall(id: "b", name: "set")))
                $0.signal("end")
                guard isRecorded else { return $0.openTask() }
                $0.task()
                for id in ["a", "b"] {
                    $0.add(.updateAccepted(id: id, nil))
                    $0.add(.updateCompleted(id: id))
                }
                $0.add(.completed([.null]))
            }
        }
    }

    @Test func anUpdateThatAResetReappliesToAClosingRunIsRejected() throws {
        let run = try conform([[.done]], hears: ["reseed", "signal end"], sends: ["CompleteWorkflowExecution"]) {
            $0.failedTask(resetRunID: "second")
            $0.signal("end")
            $0.add(.updateAdmitted(UpdateCall(id: "a", name: "set")))
            $0.openTask()
        }
        #expect(run.rejections.map(\.request.id) == ["a"])
    }

    @Test func anUpdateWithoutARequestFailsTheTask() {
        var history = RecordedHistory()
        history.openTask()
        var run = WorkflowRun<ScriptMachine>(namespace: "default", workflowID: "w", runID: "run")
        #expect(throws: ReplayFault.self) {
            try run.apply(history: history.events, updates: [UpdateRequest(id: "u", call: nil)])
        }
    }

    @Test func aTaskThatFailedTookNoUpdate() throws {
        try conform([[], [Self.answer("u")]], hears: ["update u set"]) {
            $0.failedTask()
            $0.task()
            $0.add(Self.recorded("u"))
            $0.add(.updateCompleted(id: "u"))
        }
    }

    @Test(arguments: [[HistoryEvent.Kind.updateAccepted(id: "u", nil)], [.updateCompleted(id: "u")]])
    func anUpdateThatTheMachineDoesNotAnswerSoIsNonDeterminism(_ kinds: [HistoryEvent.Kind]) {
        var history = RecordedHistory()
        history.task()
        for kind in kinds { history.add(kind) }
        #expect(throws: ReplayFault.self) { try fold(history, [[.timer(1)]]) }
    }
}
