import Fuzz
import Temporal
import Testing

/// What the fuzzer has taught the kitchen sink.
@Suite struct KitchenSinkTests {
    private func sink(_ actions: [Action]) throws -> KitchenSink {
        let input = [try DataConverter.encode(actions)]
        return try KitchenSink(
            start: WorkflowStart(
                workflowID: "w", runID: "r", firstRunID: "r", namespace: "default", workflowType: "KitchenSink",
                taskQueue: "queue", input: input, startedAt: Timestamp(seconds: 0), randomSeed: 0))
    }

    private func activation(_ jobs: [Job]) -> Activation {
        Activation(
            now: Timestamp(seconds: 0), isReplaying: false, historyEvents: 3, historyBytes: 100,
            continueAsNewSuggested: false, jobs: jobs)
    }

    /// Seed 11154: the signal let the run continue as new, and the cancel, next in the same task, was lost with it.
    @Test func aCancelThatComesWithTheNextRunEndsTheChain() throws {
        var sink = try sink([.signal("go"), .continueAsNew([.signal("never")])])
        let turn = try sink.activate(
            activation([.signal(SignalCall(name: "go", input: [])), .cancelRequested(reason: "enough")]))
        guard case .cancelled? = turn.commands.last else {
            Issue.record("\(turn.commands)")
            return
        }
    }

    @Test func theLogIsInTheOrderOfTheTree() throws {
        var sink = try sink([.parallel([[.signal("late"), .say("a")], [.say("b")]])])
        _ = try sink.activate(activation([]))
        let turn = try sink.activate(activation([.signal(SignalCall(name: "late", input: []))]))
        guard case .complete(let payload)? = turn.commands.last else {
            Issue.record("\(turn.commands)")
            return
        }
        #expect(try DataConverter.decode([String].self, from: payload) == ["a", "b"])
    }
}
