import Temporal
import Testing

/// Where one turn of a workflow ends and the next begins.
@Suite struct TaskBoundaryTests {
    @Test func aSignalAloneMakesATurn() throws {
        try conform([[], [.done]], hears: ["signal go"], sends: ["CompleteWorkflowExecution"]) {
            $0.task()
            $0.signal("go")
            $0.openTask()
        }
    }

    @Test func twoSignalsOfOneTaskArriveTogetherAndThoseOfTwoApart() throws {
        let together = try conform([[], []], hears: ["signal a", "signal b"]) {
            $0.task()
            $0.signal("a")
            $0.signal("b")
            $0.openTask()
        }
        #expect(together.machine?.activations.map(\.jobs.count) == [0, 2])
        let apart = try conform([[], [], []], hears: ["signal a", "signal b"]) {
            $0.task()
            $0.signal("a")
            $0.task()
            $0.signal("b")
            $0.openTask()
        }
        #expect(apart.machine?.activations.map(\.jobs.count) == [0, 1, 1])
    }

    @Test func emptyTasksBetweenTwoTurnsWakeNobody() throws {
        let run = try conform([[.timer(1)], [.done]], hears: ["timer 1 fired"], sends: ["CompleteWorkflowExecution"]) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            for _ in 0..<3 { $0.task() }
            $0.add(.timerFired(id: "1"))
            $0.openTask()
        }
        #expect(run.machine?.activations.count == 2)
    }

    @Test func emptyTasksAndThenASignal() throws {
        try conform([[], [.timer(1)]], hears: ["signal go"]) {
            $0.task()
            $0.task()
            $0.task()
            $0.signal("go")
            $0.task()
            $0.add(.timerStarted(id: "1"))
        }
    }

    @Test func whatAFailedOrTimedOutTaskWouldHaveHeardIsHeardByTheNext() throws {
        let run = try conform([[.timer(1)], []], hears: ["signal a", "timer 1 fired", "signal b"]) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.signal("a")
            $0.failedTask()
            $0.add(.timerFired(id: "1"))
            $0.timedOutTask()
            $0.signal("b")
            $0.openTask()
        }
        #expect(run.machine?.activations.count == 2)
    }

    @Test func aRunMayFailItsFirstTaskOften() throws {
        let run = try conform([[.timer(1)]], hears: [], sends: ["StartTimer 1"]) {
            for _ in 0..<4 { $0.failedTask() }
            $0.timedOutTask()
            $0.openTask()
        }
        #expect(run.machine?.activations.map(\.isReplaying) == [false])
    }

    @Test func aHistoryThatEndsInTheMiddleOfATaskIsNotAnswered() throws {
        let run = try conform([[.timer(1)], [.done]], hears: []) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.add(.timerFired(id: "1"))
            $0.add(.workflowTaskScheduled)
        }
        #expect(run.machine?.activations.count == 1)
        #expect(run.waitingFor.isEmpty)
    }

    @Test func theClockIsThatOfTheTaskWhoseAnswerCounts() throws {
        let run = try conform([[.timer(1)], []], hears: ["timer 1 fired"]) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            $0.add(.timerFired(id: "1"))
            $0.failedTask()
            $0.task()
        }
        #expect(run.machine?.activations.map(\.now.seconds) == [1_003, 1_011])
        #expect(run.machine?.activations.map(\.historyEvents) == [3, 11])
    }

    @Test func theServersSuggestionToContinueAsNewReachesTheMachine() throws {
        let run = try conform([[], []], hears: ["signal go"]) {
            $0.task()
            $0.signal("go")
            $0.add(.workflowTaskScheduled)
            $0.add(.workflowTaskStarted(historyBytes: 4_000_000, continueAsNewSuggested: true))
        }
        #expect(run.machine?.activations.map(\.continueAsNewSuggested) == [false, true])
        #expect(run.machine?.activations.map(\.historyBytes) == [100, 4_000_000])
    }

    @Test(arguments: ["complete", "fail", "cancel", "continue"])
    func whatClosesARunIsRecordedLast(_ end: String) throws {
        let (command, event): (Command, HistoryEvent.Kind) =
            switch end {
            case "complete": (.complete(.null), .completed([.null]))
            case "fail": (.fail(.application("x", type: "X")), .failed(.application("x", type: "X")))
            case "cancel": (.cancelled([]), .cancelled([]))
            default: (.continueAsNew(ContinueAsNew(input: [])), .continuedAsNew(newRunID: "next"))
            }
        let run = try conform([[.timer(1), command, .schedule(1)]], hears: []) {
            $0.task()
            $0.add(.timerStarted(id: "1"))
            _ = $0.scheduled(1)
            $0.add(event)
        }
        #expect(run.outcome != nil)
    }
}
