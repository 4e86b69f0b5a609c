import Foundation
import Fuzz
import Temporal
import TestSupport
import Testing

/// Runs done over from a point of their past.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct ResetTests {
    private static let actions: [Action] = [
        .activity("echo", "x"), .signal("go"), .sleep(0.05), .activity("echo", "y"),
    ]
    private static let log = ["\"x\"", "\"y\""]

    private func withRun(_ body: (Kitchen, String) async throws -> Void) async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start(Self.actions)
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id) == Self.log)
                try await body(kitchen, id)
            }
        }
    }

    private static let points: [ResetPoint] =
        [.firstWorkflowTask, .lastWorkflowTask] + [5, 9, 12, 14, 16, 19].map { .before(eventID: $0) }

    /// Signals of the past and after it happen again; activities and timers that had begun go on from what they were.
    @Test(arguments: points)
    func runGoesOnFromEveryPointOfItsPast(_ point: ResetPoint) async throws {
        try await withRun { kitchen, id in
            let before = try await kitchen.client.describe(workflowID: id).execution.runID
            let run = try await kitchen.client.reset(workflowID: id, to: point, reason: "again")
            #expect(run != before)
            #expect(try await kitchen.log(id) == Self.log)
            let execution = try await kitchen.client.describe(workflowID: id).execution
            #expect(execution.runID == run && execution.firstRunID == before)
            try await kitchen.replays(id)
        }
    }

    @Test func excludedSignalsDoNotHappenAgain() async throws {
        try await withRun { kitchen, id in
            _ = try await kitchen.client.reset(
                workflowID: id, to: .firstWorkflowTask, reason: "again", excluding: [.signals])
            try await eventually { try await kitchen.query(id) == #"["\"x\""]"# }
            try await kitchen.signal(id, "go")
            #expect(try await kitchen.log(id) == Self.log)
            try await kitchen.replays(id)
        }
    }

    @Test func aSecondResetGoesOnFromTheFirst() async throws {
        try await withRun { kitchen, id in
            let first = try await kitchen.client.reset(workflowID: id, to: .lastWorkflowTask, reason: "once")
            #expect(try await kitchen.log(id) == Self.log)
            let second = try await kitchen.client.reset(workflowID: id, to: .lastWorkflowTask, reason: "twice")
            #expect(try await kitchen.log(id) == Self.log && second != first)
            let third = try await kitchen.client.reset(
                workflowID: id, runID: second, to: .firstWorkflowTask, reason: "thrice")
            #expect(try await kitchen.log(id) == Self.log)
            let history = try await kitchen.client.events(workflowID: id, runID: third)
            let resets = history.filter { if case .workflowTaskFailed(.some) = $0.kind { true } else { false } }
            #expect(!resets.isEmpty)
            try await kitchen.replays(id)
        }
    }

    /// Every reset draws new numbers, in the live run as in its replay; what was drawn before its point stays.
    @Test func randomNumbersStartAnewAtTheLastReset() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            for cached in [0, 100] {
                try await kitchen.withWorkers(Tally.self, configure: { workflows, _ in workflows.cacheSize = cached }) {
                    let id = try await kitchen.tally()
                    var rolls: [[String]] = []
                    for round in 0..<3 {
                        if round > 0 {
                            let history = try await kitchen.client.events(workflowID: id)
                            // After the first roll.
                            let ends = history.filter {
                                if case .workflowTaskCompleted = $0.kind { true } else { false }
                            }
                            _ = try await kitchen.client.reset(
                                workflowID: id, to: .before(eventID: ends[2].id), reason: "again",
                                excluding: [.signals])
                        } else {
                            try await eventually { try await kitchen.query(id, "log") == "[]" }
                            try await kitchen.tell(id, "roll")
                            try await eventually { try await kitchen.rolls(id).count == 1 }
                        }
                        try await kitchen.tell(id, "roll")
                        try await eventually { try await kitchen.rolls(id).count == round + 2 || round > 0 }
                        rolls.append(try await kitchen.rolls(id))
                    }
                    #expect(rolls.allSatisfy { $0.count >= 2 && $0[0] == rolls[0][0] }, "\(rolls)")
                    #expect(Set(rolls.compactMap(\.last)).count == 3, "\(rolls)")
                    try await kitchen.tell(id, "end")
                    _ = try await kitchen.client.result(workflowID: id)
                    #expect(try await kitchen.rolls(id) == rolls[2])
                    try await kitchen.replays(id, Tally.self)
                }
            }
        }
    }

    /// A signal that came before the task which is done over draws from the new seed too.
    @Test func nothingIsDrawnTwice() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.tally()
            try await kitchen.tell(id, "roll")
            try await kitchen.withWorkers(Tally.self) {
                try await eventually { try await kitchen.rolls(id).count == 1 }
                var rolls = try await kitchen.rolls(id)
                for _ in 0..<2 {
                    _ = try await kitchen.client.reset(workflowID: id, to: .firstWorkflowTask, reason: "again")
                    let before = rolls
                    try await eventually { try await kitchen.rolls(id).last.map { !before.contains($0) } ?? false }
                    rolls += try await kitchen.rolls(id)
                }
                #expect(Set(rolls).count == 3, "\(rolls)")
                try await kitchen.tell(id, "end")
                _ = try await kitchen.client.result(workflowID: id)
                try await kitchen.replays(id, Tally.self)
            }
        }
    }

    @Test func aRunThatWaitsIsResetWithWhatItWaitsFor() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .say("begun"), .parallel([[.sleep(0.5)], [.signal("go"), .activity("echo", "late")]]),
                ])
                try await eventually { try await kitchen.query(id).contains("begun") }
                _ = try await kitchen.client.reset(workflowID: id, to: .lastWorkflowTask, reason: "again")
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id) == ["begun", "\"late\""])
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aRunWithoutSuchAPointIsTold() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([.say("never")])
            for point in [ResetPoint.firstWorkflowTask, .lastWorkflowTask, .before(eventID: 3)] {
                let error = try await #require(throws: TemporalError.self) {
                    try await kitchen.client.reset(workflowID: id, to: point, reason: "again")
                }
                #expect(error.code == .failedPrecondition, "\(error)")
            }
            let run = try await kitchen.client.describe(workflowID: id).execution.runID
            let refused = try await #require(throws: TemporalError.self) {
                try await kitchen.client.reset(workflowID: id, runID: run, toEvent: 99, reason: "again")
            }
            #expect(refused.code == .invalidArgument, "\(refused)")
            let unknown = try await #require(throws: TemporalError.self) {
                try await kitchen.client.reset(workflowID: "unknown", to: .firstWorkflowTask, reason: "again")
            }
            #expect(unknown.code == .notFound)
            try await kitchen.client.terminate(workflowID: id)
        }
    }

    /// The command line chooses the same events for the same words.
    @Test(arguments: [("FirstWorkflowTask", ResetPoint.firstWorkflowTask), ("LastWorkflowTask", .lastWorkflowTask)])
    func pointsAreThoseOfTheCommandLine(word: String, point: ResetPoint) async throws {
        try await withRun { kitchen, id in
            let history = try await kitchen.client.events(workflowID: id)
            let event = try #require(point.eventID(in: history))
            _ = try await kitchen.temporal(
                "workflow", "reset", "--workflow-id", id, "--type", word, "--reason", "again",
                "--reapply-exclude", "All")
            let again = try await kitchen.client.events(workflowID: id)
            let reset = again.first { if case .workflowTaskFailed(.some) = $0.kind { true } else { false } }
            #expect(reset?.id == event)
            try? await kitchen.client.terminate(workflowID: id)
        }
    }
}

extension Kitchen {
    fileprivate func rolls(_ id: String) async throws -> [String] {
        try DataConverter.decode(from: Data(try await query(id, "log").utf8))
    }
}

extension DataConverter {
    fileprivate static func decode(from json: Data) throws -> [String] { try decode(from: Payload.json(json)) }
}
