import Temporal
import Testing

@Suite struct ExternalWorkflowTests {
    @Test(arguments: [nil, "ExternalWorkflowExecutionNotFound", "SignalCountLimitExceeded"])
    func aSignalToAnotherTellsWhetherItArrived(_ reason: String?) throws {
        let text = reason.map { "failed: workflow other was not signaled: \($0)" } ?? "sent"
        try conform([[.tell(1)]], hears: ["signal 1 \(text)"]) {
            $0.task()
            let sent = $0.add(.externalSignalInitiated(workflowID: "other", name: "hello"))
            $0.add(
                reason.map { .externalSignalFailed(initiatedEventID: sent, reason: $0) }
                    ?? .externalSignaled(initiatedEventID: sent))
            $0.openTask()
        }
    }

    @Test(arguments: [nil, "ExternalWorkflowExecutionNotFound"])
    func aCancelOfAnotherTellsWhetherItArrived(_ reason: String?) throws {
        let text = reason.map { "failed: workflow other was not cancelled: \($0)" } ?? "sent"
        try conform([[.cancelOther(1)]], hears: ["cancel 1 \(text)"]) {
            $0.task()
            let sent = $0.add(.externalCancelInitiated(workflowID: "other"))
            $0.add(
                reason.map { .externalCancelFailed(initiatedEventID: sent, reason: $0) }
                    ?? .externalCancelRequested(initiatedEventID: sent))
            $0.openTask()
        }
    }

    @Test func answersMayComeInAnyOrder() throws {
        try conform(
            [[.tell(1), .tell(2, "again"), .cancelOther(1)]],
            hears: ["cancel 1 sent", "signal 2 sent", "signal 1 sent"]
        ) {
            $0.task()
            let first = $0.add(.externalSignalInitiated(workflowID: "other", name: "hello"))
            let second = $0.add(.externalSignalInitiated(workflowID: "other", name: "again"))
            let cancel = $0.add(.externalCancelInitiated(workflowID: "other"))
            $0.add(.externalCancelRequested(initiatedEventID: cancel))
            $0.add(.externalSignaled(initiatedEventID: second))
            $0.add(.externalSignaled(initiatedEventID: first))
            $0.openTask()
        }
    }

    @Test func whatIsOnItsWayIsTold() throws {
        let run = try conform([[.tell(1), .cancelOther(1)]], hears: []) {
            $0.task()
            $0.add(.externalSignalInitiated(workflowID: "other", name: "hello"))
            $0.add(.externalCancelInitiated(workflowID: "other"))
        }
        #expect(run.waitingFor == ["signal 1 to another workflow", "cancel of workflow other"])
    }

    static let wrong: [([Command], [HistoryEvent.Kind])] = [
        ([.tell(1)], [.externalSignalInitiated(workflowID: "somebody", name: "hello")]),
        ([.tell(1)], [.externalSignalInitiated(workflowID: "other", name: "bye")]),
        ([.cancelOther(1)], [.externalCancelInitiated(workflowID: "somebody")]),
        ([], [.externalSignaled(initiatedEventID: 3)]),
        ([], [.externalCancelRequested(initiatedEventID: 3)]),
        ([], [.childStarted(initiatedEventID: 3, runID: "")]),
    ]

    @Test(arguments: wrong.indices)
    func anotherTargetOrAnAnswerToNothingIsNonDeterminism(_ index: Int) {
        var history = RecordedHistory()
        history.task()
        for kind in Self.wrong[index].1 { history.add(kind) }
        history.openTask()
        #expect(throws: ReplayFault.self) { try fold(history, [Self.wrong[index].0]) }
    }

    static let miscounts: [[Command]] = [
        [.child(2), .child(1)], [.tell(2), .tell(2)], [.cancelOther(3), .cancelOther(1)], [.cancelChild(1)],
        [.completeUpdate(id: "u", .success(.null))],
    ]

    @Test(arguments: miscounts.indices)
    func aMachineThatMiscountsFailsItsTask(_ index: Int) {
        var history = RecordedHistory()
        history.openTask()
        #expect {
            try fold(history, [Self.miscounts[index]])
        } throws: { if case ReplayFault.machine = $0 { true } else { false } }
    }
}
