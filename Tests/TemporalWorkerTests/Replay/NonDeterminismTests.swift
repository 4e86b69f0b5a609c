import Temporal
import Testing

@Suite struct TellingThatAWorkflowChangedTests {
    private static func recorded(_ kinds: [HistoryEvent.Kind]) -> RecordedHistory {
        var history = RecordedHistory()
        history.task()
        for kind in kinds { history.add(kind) }
        return history
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let recorded: [HistoryEvent.Kind]
        let commands: [Command]
        let message: String
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "another order",
            recorded: [.timerStarted(id: "1"), .activityScheduled(id: "1", type: "work")],
            commands: [.schedule(1), .timer(1)],
            message: "event 5: history has TimerStarted 1, the workflow commanded ScheduleActivityTask 1 (work)"),
        Case(
            name: "another type", recorded: [.activityScheduled(id: "1", type: "charge")],
            commands: [.schedule(1, "refund")],
            message: "event 5: history has ActivityTaskScheduled 1 (charge), the workflow commanded "
                + "ScheduleActivityTask 1 (refund)"),
        Case(
            name: "another id", recorded: [.timerStarted(id: "1")], commands: [.timer(2)],
            message: "event 5: history has TimerStarted 1, the workflow commanded StartTimer 2"),
        Case(
            name: "one more", recorded: [.timerStarted(id: "1"), .workflowTaskScheduled],
            commands: [.timer(1), .timer(2)],
            message: "event 6: history has WorkflowTaskScheduled, the workflow commanded StartTimer 2"),
        Case(
            name: "one more, at the end", recorded: [.timerStarted(id: "1")], commands: [.timer(1), .timer(2)],
            message: "the end of history: history has no further event, the workflow commanded StartTimer 2"),
        Case(
            name: "one less", recorded: [.timerStarted(id: "1"), .timerStarted(id: "2")], commands: [.timer(1)],
            message: "event 6: history has TimerStarted 2, the workflow commanded nothing more"),
        Case(
            name: "another end", recorded: [.completed([])], commands: [.fail(.application("x", type: "X"))],
            message: "event 5: history has WorkflowExecutionCompleted, the workflow commanded FailWorkflowExecution"),
        Case(
            name: "an end that was none", recorded: [.timerStarted(id: "1")], commands: [.done],
            message: "event 5: history has TimerStarted 1, the workflow commanded CompleteWorkflowExecution"),
        Case(
            name: "a marker of another worker", recorded: [.foreignCommand(type: "MarkerRecorded Version")],
            commands: [],
            message: "event 5: history has MarkerRecorded Version, the workflow commanded nothing more"),
        Case(
            name: "the answer of an unknown activity", recorded: [.activityCompleted(scheduledEventID: 3, result: nil)],
            commands: [],
            message: "event 5: history has ActivityTaskCompleted of event 3, the workflow commanded no such activity"),
        Case(
            name: "the firing of an unknown timer", recorded: [.timerFired(id: "9")], commands: [],
            message: "event 5: history has TimerFired 9, the workflow commanded no such timer"),
    ]

    @Test(arguments: cases)
    func namesTheEventAndBothSides(_ example: Case) {
        #expect {
            try fold(Self.recorded(example.recorded), [example.commands])
        } throws: { error in
            "\(error)" == "non-determinism at \(example.message)"
        }
    }

    @Test func aHistoryThatDoesNotBeginWithEvent1IsRefused() {
        var history = RecordedHistory()
        history.openTask()
        #expect(throws: HistoryFault.self) { try LogicalTask.split(Array(history.events.dropFirst())) }
        #expect(throws: HistoryFault.self) { try LogicalTask.split(history.events.reversed()) }
        #expect(throws: HistoryFault.self) { try LogicalTask.split([history.events[0], history.events[0]]) }
    }
}
