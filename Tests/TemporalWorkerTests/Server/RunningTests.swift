import Foundation
import Fuzz
import Synchronization
import Temporal
import TestSupport
import Testing

@Suite(.temporalServer(), .timeLimit(.minutes(4)))
struct RunningTests {
    struct Recipe: Sendable, CustomTestStringConvertible {
        let name: String
        let actions: [Action]
        let log: [String]
        var testDescription: String { name }
    }

    static let recipes = [
        Recipe(name: "nothing", actions: [], log: []),
        Recipe(
            name: "one after another", actions: [.activity("echo", "a"), .sleep(0.05), .activity("echo", "b")],
            log: ["\"a\"", "\"b\""]),
        Recipe(
            name: "many at once, told in the order of their branches",
            actions: [
                .parallel([
                    [.activity("sleep", "4"), .say("last")], [.sleep(2), .say("middle")],
                    [.activity("echo", "x"), .say("first")],
                ])
            ], log: ["\"slept\"", "last", "middle", "\"x\"", "first"]),
        Recipe(name: "a retry", actions: [.activity("flaky") { $0.attempts = 5 }], log: ["3"]),
        Recipe(
            name: "retries that are used up",
            actions: [
                .activity("flaky") {
                    $0.attempts = 2
                    $0.isCaught = true
                }
            ],
            log: ["Activity task failed: not yet"]),
        Recipe(
            name: "a failure that is not retried",
            actions: [
                .activity("refuse") {
                    $0.attempts = 0
                    $0.isCaught = true
                }
            ],
            log: ["Activity task failed: never"]),
        Recipe(
            name: "a timeout",
            actions: [
                .activity("sleep", "5") {
                    $0.startToClose = 0.3
                    $0.isCaught = true
                }
            ],
            log: ["Activity task timed out: activity StartToClose timeout"]),
        Recipe(
            name: "a race, whose losers are cancelled",
            actions: [
                .race([[.sleep(30)], [.activity("slow") { $0.heartbeat = 0.3 }], [.sleep(0.2), .say("won")]])
            ], log: ["won"]),
        Recipe(
            name: "what is cancelled before it is sent",
            actions: [.race([[.sleep(30)], [.activity("echo", "x")], [.say("at once")]])], log: ["at once"]),
        Recipe(name: "the next run", actions: [.say("old"), .continueAsNew([.say("new")])], log: ["old", "new"]),
    ]

    @Test(arguments: recipes)
    func endsAsPredictedAndReplays(_ recipe: Recipe) async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start(recipe.actions)
                let log = try await kitchen.log(id)
                #expect(log == recipe.log)
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aFailedWorkflowTellsTheWholeChainOfCauses() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([.activity("refuse")])
                guard case .failed(let failure) = try await kitchen.client.result(workflowID: id) else {
                    Issue.record("did not fail")
                    return
                }
                #expect(failure.description == "Activity task failed: never")
                guard case .activity("refuse", "1", 5, 6, _, .nonRetryableFailure) = failure.kind else {
                    Issue.record("\(failure.kind)")
                    return
                }
                try await kitchen.replays(id)
            }
        }
    }

    @Test func signalsArriveInTheirOrder() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start((1...20).map { _ in .signal("go") })
            try await kitchen.withWorkers {
                for number in 1...20 { try await kitchen.signal(id, "go", "\(number)") }
                #expect(try await kitchen.log(id) == (1...20).map { "\"\($0)\"" })
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aSignalThatOvertakesTheEndIsNotLost() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                var accepted: [(id: String, count: Int)] = []
                for _ in 1...5 {
                    let id = try await kitchen.start([.signal("go"), .activity("echo", "x")])
                    var count = 0
                    for _ in 1...40 {
                        do { try await kitchen.signal(id, "go", "s") } catch let error as TemporalError
                            where error.code == .notFound
                        { break }
                        count += 1
                    }
                    accepted.append((id, count))
                }
                for (id, count) in accepted {
                    // Every signal that the server accepted is in the result: a completion it overtook was made anew.
                    #expect(try await kitchen.log(id).filter { $0 == "\"s\"" }.count == count)
                    try await kitchen.replays(id)
                }
            }
        }
    }

    @Test func theNextRunKeepsMemoAndSearchAttributes() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([.continueAsNew([.signal("never")])]) {
                    $0.searchAttributes = ["TenantId": .keyword("t1")]
                    $0.memo = ["note": Payload.json(Data("\"kept\"".utf8))]
                }
                try await eventually {
                    let run = try await kitchen.client.describe(workflowID: id).execution
                    return run.runID != run.firstRunID && run.searchAttributes["TenantId"] == .keyword("t1")
                        && run.memo["note"].map(text) == "\"kept\""
                }
                try await kitchen.client.terminate(workflowID: id, reason: "enough")
            }
        }
    }

    @Test func theHookHearsOfEachCloseWithTheMachine() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let closed = Mutex<[String]>([])
            let note: @Sendable (ClosedWorkflow<KitchenSink>) async -> Void = { workflow in
                let log = (try? workflow.machine.query(QueryCall(name: "log"))).map(text) ?? ""
                let end =
                    switch workflow.outcome {
                    case .completed: "completed"
                    case .failed: "failed"
                    case .continuedAsNew(let next): "continued \(next.isEmpty ? "nowhere" : "elsewhere")"
                    default: "other"
                    }
                closed.withLock { $0.append("\(end) \(log)") }
            }
            try await kitchen.withWorkers(KitchenSink.self, onClosed: note) {
                let id = try await kitchen.start([.say("a"), .continueAsNew([.say("b"), .fail("c")])])
                guard case .failed = try await kitchen.client.result(workflowID: id) else {
                    Issue.record("no")
                    return
                }
            }
            #expect(closed.withLock { $0 } == ["continued elsewhere [\"a\"]", "failed [\"a\",\"b\"]"])
        }
    }
}
