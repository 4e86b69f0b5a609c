import Foundation
import Fuzz
import Temporal
import TestSupport
import Testing

/// What a workflow does must not depend on whether its worker remembers it.
@Suite(.temporalServer(), .timeLimit(.minutes(4)))
struct SameCommandsTests {
    /// Every kind of step whose order does not depend on how quick somebody is.
    private static let actions: [Action] = [
        .activity("echo", "a"), .sleep(0.05), .activity("refuse") { $0.isCaught = true },
        .race([[.sleep(600)], [.activity("echo", "b"), .say("won")]]),
        .parallel([[.activity("echo", "c"), .signal("go")], [.signal("stay"), .activity("echo", "d")]]),
        .activity("flaky") { $0.attempts = 5 }, .signal("go"), .activity("echo", "e"), .say("end"),
    ]

    /// The commands and the result of a run that loses its workflow worker twice in the middle, once roughly.
    private func course(_ cacheSize: Int) async throws -> [String] {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            func workers(_ body: () async throws -> Void) async throws {
                try await kitchen.withWorkers(
                    KitchenSink.self, configure: { workflows, _ in workflows.cacheSize = cacheSize }, body)
            }
            // Runs beside it, so that a cache of one has to give it up.
            let id = try await kitchen.start(Self.actions) { $0.taskTimeout = .seconds(2) }
            var others: [String] = []
            for _ in 1...3 { others.append(try await kitchen.start(Self.actions)) }
            let all = [id] + others
            try await workers {
                for id in all { try await eventually { try await kitchen.query(id).contains("c") } }
            }
            for id in all { try await kitchen.signal(id, "go") }
            try await kitchen.withActivityWorker {
                let worker = Task {
                    try await kitchen.workflowWorker {
                        $0.cacheSize = cacheSize
                        $0.stickyTimeout = .seconds(1)
                    }.run()
                }
                for id in all { try await kitchen.signal(id, "stay") }
                for id in all { try await eventually { try await kitchen.query(id).contains("d") } }
                worker.cancel()
                _ = await worker.result
            }
            var course: [String] = []
            try await workers {
                for id in all { try await kitchen.signal(id, "go") }
                for id in all {
                    let log = try await kitchen.log(id)
                    let events = try await kitchen.client.events(workflowID: id)
                    let commands = events.filter(\.recordsCommand).map(\.summary)
                    if course.isEmpty { course = commands + log }
                    #expect(course == commands + log)
                    try expectSameCommandsFromEveryPrefix(of: events, KitchenSink.self)
                    try expectSameCommandsInParts(of: events, KitchenSink.self)
                }
            }
            return course
        }
    }

    @Test func withAnyCacheTheSameIsDone() async throws {
        let none = try await course(0)
        #expect(none.contains("TimerCanceled 2") && none.last == "end")
        #expect(try await course(1) == none)
        #expect(try await course(1_000) == none)
    }
}
