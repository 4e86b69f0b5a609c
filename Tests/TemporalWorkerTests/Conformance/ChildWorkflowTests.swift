import Temporal
import Testing

@Suite struct ChildWorkflowTests {
    private static let asked = "RequestCancelExternalWorkflowExecution child-1"

    @Test func aChildTellsThatItRunsAndWhatItGave() throws {
        try conform(
            [[.child(1)], [], [.done]], hears: ["child 1 started run-5", "child 1 completed 1"],
            sends: ["CompleteWorkflowExecution"]
        ) {
            let child = $0.runningChild()
            $0.task()
            $0.ended(child) { .childCompleted($0, result: .json(.init("1".utf8))) }
            $0.openTask()
        }
    }

    @Test func aChildMayEndBeforeItsParentHearsOfItsStart() throws {
        try conform([[.child(1)]], hears: ["child 1 started run-5", "child 1 completed nil"]) {
            let child = $0.runningChild()
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.openTask()
        }
    }

    static let ends: [(String, @Sendable (HistoryEvent.ChildEnd) -> HistoryEvent.Kind, String)] = [
        (
            "fails", { .childFailed($0, .application("boom", type: "Boom")) },
            "failed: Child Workflow execution failed: boom"
        ),
        (
            "is cancelled", { .childCancelled($0, details: []) },
            "cancelled: Child Workflow execution failed: Child workflow cancelled"
        ),
        ("times out", { .childTimedOut($0) }, "failed: Child Workflow execution failed: Child workflow timed out"),
        (
            "is terminated", { .childTerminated($0) },
            "failed: Child Workflow execution failed: Child workflow terminated"
        ),
    ]

    @Test(arguments: ends.indices)
    func aChildThatDoesNotCompleteTellsWhy(_ index: Int) throws {
        let (_, end, text) = Self.ends[index]
        let run = try conform([[.child(1)]], hears: ["child 1 started run-5", "child 1 \(text)"]) {
            let child = $0.runningChild()
            $0.ended(child, end)
            $0.openTask()
        }
        let failures = run.machine?.activations.flatMap(\.jobs).compactMap { job -> Failure? in
            switch job {
            case .child(_, .failed(let failure)), .child(_, .cancelled(let failure)): failure
            default: nil
            }
        }
        guard case .childWorkflow(let type, let id, let runID, "default", 5, 6, _)? = failures?.first?.kind else {
            Issue.record("\(String(describing: failures))")
            return
        }
        #expect(type == "Child" && id == "child-1" && runID == "run-5")
    }

    @Test func aChildThatCannotBeStartedTellsWhyInsteadOfStarting() throws {
        let text =
            "Child Workflow execution failed: child workflow child-1 could not be started: WorkflowExecutionAlreadyStarted"
        let run = try conform([[.child(1)]], hears: ["child 1 not started: \(text)"]) {
            $0.task()
            let child = $0.initiated(1)
            $0.add(
                .childStartFailed(.init(initiatedEventID: child), reason: "WorkflowExecutionAlreadyStarted"))
            $0.openTask()
        }
        #expect(run.waitingFor.isEmpty)
    }

    @Test(arguments: [ChildOptions.CancellationType.tryCancel, .waitRequested, .waitCompleted, .abandon])
    func aChildCancelledBeforeItWasSentIsNeverSent(_ type: ChildOptions.CancellationType) throws {
        let isWaiting = type == .waitRequested || type == .waitCompleted
        let text = "child 1 not started: Child Workflow execution failed: Child workflow cancelled"
        let run = try conform([[.child(1, type), .cancelChild(1), .timer(1)]], hears: isWaiting ? [text] : []) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
        }
        #expect(run.waitingFor == ["timer 1"])
    }

    @Test func aRunningChildIsAskedToCancelAndForgottenWhenNobodyWaits() throws {
        try conform(
            [[.child(1)], [.cancelChild(1), .cancelChild(1)], []], hears: ["child 1 started run-5", "signal go"]
        ) {
            let child = $0.runningChild()
            $0.task()
            let request = $0.askedToCancel("child-1")
            $0.add(.externalCancelRequested(initiatedEventID: request))
            $0.ended(child) { .childCancelled($0, details: []) }
            $0.task()
            $0.signal("go")
            $0.openTask()
        }
    }

    @Test func whoWaitsForTheEndOfACancelledChildHearsHowItEnded() throws {
        try conform(
            [[.child(1, .waitCompleted)], [.cancelChild(1)], []],
            hears: ["child 1 started run-5", "child 1 completed nil"]
        ) {
            let child = $0.runningChild()
            $0.task()
            let request = $0.askedToCancel("child-1")
            $0.add(.externalCancelRequested(initiatedEventID: request))
            $0.task()
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.openTask()
        }
    }

    @Test func whoWaitsForTheRequestHearsOfNothingMore() throws {
        try conform(
            [[.child(1, .waitRequested)], [.cancelChild(1)], []],
            hears: [
                "child 1 started run-5",
                "child 1 cancelled: Child Workflow execution failed: Child workflow cancelled", "signal go",
            ]
        ) {
            let child = $0.runningChild()
            $0.task()
            let request = $0.askedToCancel("child-1")
            $0.add(.externalCancelRequested(initiatedEventID: request))
            $0.task()
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.signal("go")
            $0.openTask()
        }
    }

    @Test func anAbandonedChildIsNotAsked() throws {
        try conform([[.child(1, .abandon)], [.cancelChild(1)], []], hears: ["child 1 started run-5", "signal go"]) {
            let child = $0.runningChild()
            $0.task()
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.signal("go")
            $0.openTask()
        }
    }

    @Test func aChildCancelledBeforeItsStartIsAskedOnceItRuns() throws {
        try conform(
            [[.child(1, .waitCompleted)], [.cancelChild(1)], []], hears: ["signal stop", "child 1 started run-5"],
            sends: [Self.asked]
        ) {
            $0.childCancelledBeforeItsStart()
            $0.openTask()
        }
    }

    @Test func aForgottenChildIsAskedAsWell() throws {
        try conform([[.child(1)], [.cancelChild(1)]], hears: ["signal stop"], sends: [Self.asked]) {
            $0.childCancelledBeforeItsStart()
            $0.openTask()
        }
    }

    @Test func aChildThatEndedBeforeItCouldBeAskedIsLeftAlone() throws {
        try conform(
            [[.child(1, .waitCompleted)], [.cancelChild(1)], []],
            hears: ["signal stop", "child 1 started run-5", "child 1 completed nil"]
        ) {
            let child = $0.childCancelledBeforeItsStart()
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.openTask()
        }
    }

    @Test func aCancelThatFindsNoChildLeavesItsEndToTheEventThatTells() throws {
        try conform(
            [[.child(1, .waitRequested)], [.cancelChild(1)], []],
            hears: ["child 1 started run-5", "child 1 completed nil"]
        ) {
            let child = $0.runningChild()
            $0.task()
            let request = $0.askedToCancel("child-1")
            $0.add(.externalCancelFailed(initiatedEventID: request, reason: "ExternalWorkflowExecutionNotFound"))
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.openTask()
        }
    }

    @Test func aCancelOfAnEndedChildSendsNothing() throws {
        try conform([[.child(1)], [.cancelChild(1)]], hears: ["child 1 started run-5", "child 1 completed nil"]) {
            let child = $0.runningChild()
            $0.ended(child) { .childCompleted($0, result: nil) }
            $0.task()
        }
    }

    @Test(arguments: [("child-9", "Child"), ("child-1", "Another")])
    func anotherIDOrTypeIsNonDeterminism(_ id: String, _ type: String) {
        var history = RecordedHistory()
        history.task()
        history.add(.childInitiated(id: id, type: type))
        #expect(throws: ReplayFault.self) { try fold(history, [[.child(1)]]) }
    }
}
