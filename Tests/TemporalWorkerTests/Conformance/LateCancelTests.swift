import Temporal
import Testing

/// Cancels that meet an end on its way.
@Suite struct LateCancelTests {
    private static let types = [ActivityOptions.CancellationType.tryCancel, .waitCompleted, .abandon]

    @Test(arguments: types)
    func anActivityThatEndsInTheTaskThatCancelsItIsNotCancelled(_ type: ActivityOptions.CancellationType) throws {
        // The signal's handler cancels; the completion is in the same task and already told.
        try conform(
            [[.schedule(1, cancellation: type)], [.cancelActivity(1)]],
            hears: ["signal stop", "activity 1 completed 1"]
        ) {
            $0.task()
            let scheduled = $0.scheduled(1)
            $0.signal("stop")
            $0.completed(scheduled)
            $0.openTask()
        }
    }

    @Test func anActivityThatEndsAfterItsCancelWasSentIsHeardOnlyByWhoWaits() throws {
        for type in Self.types {
            let end = type == .waitCompleted ? ["activity 1 completed 1"] : []
            try conform(
                [[.schedule(1, cancellation: type)], [.cancelActivity(1)], []],
                hears: ["signal stop"] + end + ["signal go"]
            ) {
                $0.task()
                let scheduled = $0.scheduled(1)
                $0.signal("stop")
                $0.task()
                if type != .abandon { $0.add(.activityCancelRequested(scheduledEventID: scheduled)) }
                $0.completed(scheduled)
                $0.signal("go")
                $0.openTask()
            }
        }
    }

    @Test func anActivityThatTimesOutAfterItsCancelIsForgotten() throws {
        let failure = Failure(kind: .timeout(.scheduleToStart, lastHeartbeatDetails: []), message: "too late")
        try conform([[.schedule(1)], [.cancelActivity(1)], []], hears: ["signal stop", "signal go"]) {
            $0.task()
            let scheduled = $0.scheduled(1)
            $0.signal("stop")
            $0.task()
            $0.add(.activityCancelRequested(scheduledEventID: scheduled))
            $0.add(.activityTimedOut(.init(scheduledEventID: scheduled), failure))
            $0.signal("go")
            $0.openTask()
        }
    }

    @Test func aCancelRequestOfTheRunAndAFiredTimerComeInOrder() throws {
        try conform(
            [[.timer(1)], [.cancelled([])]], hears: ["timer 1 fired", "cancel requested enough"],
            sends: ["CancelWorkflowExecution"]
        ) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.add(.timerFired(id: "1"))
            $0.add(.cancelRequested(reason: "enough"))
            $0.openTask()
        }
    }

    @Test func aRunMayBeCancelledBeforeItBegins() throws {
        try conform([[.cancelled([])]], hears: ["cancel requested never mind"], sends: ["CancelWorkflowExecution"]) {
            $0.add(.cancelRequested(reason: "never mind"))
            $0.openTask()
        }
    }

    @Test func aTimerStartedAgainAfterItsCancelIsAnother() throws {
        try conform([[.timer(1)], [.cancelTimer(1), .timer(2)], []], hears: ["signal again", "timer 2 fired"]) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.signal("again")
            $0.task()
            $0.add(.timerCancelled(id: "1"))
            $0.add(.timerStarted(id: "2"))
            $0.add(.timerFired(id: "2"))
            $0.openTask()
        }
    }
}
