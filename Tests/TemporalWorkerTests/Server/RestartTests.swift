import DevelopmentServer
import Foundation
import Fuzz
import Glibc
import Synchronization
import Temporal
import TestSupport
import Testing

/// Workers and servers that die in the middle of runs.
@Suite(.temporalServer(), .timeLimit(.minutes(4)))
struct RestartTests {
    @Test func anotherWorkerGoesOnFromWhereTheFirstStopped() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([.activity("echo", "a"), .signal("go"), .activity("echo", "b")])
            try await kitchen.withWorkers {
                try await eventually { try await kitchen.query(id).contains("a") }
            }
            try await kitchen.signal(id, "go")
            try await kitchen.withWorkers {
                let log = try await kitchen.log(id)
                #expect(log == ["\"a\"", "\"b\""])
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aGracefulStopLetsRunningActivitiesEnd() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([.activity("sleep", "1.5"), .say("done")])
            let begin = ContinuousClock.now
            try await kitchen.withWorkers {
                try await eventually {
                    try await kitchen.client.describe(workflowID: id).pendingActivities.first?.state == .started
                }
            }
            #expect(ContinuousClock.now - begin > .seconds(1))
            // Its end was reported before the worker went: no second attempt is needed.
            #expect(try await kitchen.client.describe(workflowID: id).pendingActivities.isEmpty)
            let log = try await kitchen.withWorkers { try await kitchen.log(id) }
            #expect(log == ["\"slept\"", "done"])
        }
    }

    @Test func anActivityThatOutlivesTheGraceIsGivenBack() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([
                .activity("sleep", "60") {
                    $0.attempts = 3
                    $0.startToClose = 100
                }
            ])
            let begin = ContinuousClock.now
            try await kitchen.withWorkers(KitchenSink.self, configure: { $1.gracefulShutdown = .milliseconds(300) }) {
                try await eventually {
                    try await kitchen.client.describe(workflowID: id).pendingActivities.first?.state == .started
                }
            }
            #expect(ContinuousClock.now - begin < .seconds(20))
            try await eventually {
                try await kitchen.client.describe(workflowID: id).pendingActivities.first?.attempt == 2
            }
            try await kitchen.client.terminate(workflowID: id, reason: "enough")
        }
    }

    @Test func workersThatComeAndGoLoseNothing() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            // An activity that went to a dead poll would be waited for longer than this suite may take.
            let steps = (1...5).map { number in Action.activity("echo", "\(number)") { $0.startToClose = 300 } }
            var ids: [String] = []
            for _ in 1...40 { ids.append(try await kitchen.start(steps)) }
            for _ in 1...12 {
                try await kitchen.withWorkers { try await Task.sleep(for: .milliseconds(300)) }
            }
            try await kitchen.withWorkers {
                for id in ids {
                    let log = try await kitchen.log(id)
                    #expect(log == (1...5).map { "\"\($0)\"" })
                }
            }
        }
    }

    /// On a server of its own.
    @Test func runsInFlightSurviveTheDeathOfTheServer() async throws {
        try await withTemporaryFolder { folder in
            var configuration = DevelopmentServer.Configuration.forTests
            configuration.folder = folder
            try await TemporalServer.with(configuration) { server in
                try await Kitchen.open(server.address) { kitchen in
                    let effects = Mutex<[String: Int]>([:])
                    let count: ActivityHandler = { task in
                        effects.withLock { $0["\(task.workflowID)/\(task.activityID)", default: 0] += 1 }
                        try await Task.sleep(for: .milliseconds(200))
                        return task.input.first
                    }
                    try await kitchen.withWorkers(KitchenSink.self, activities: ["count": count]) {
                        let steps = (1...12).map { number in
                            Action.activity("count", "\(number)") {
                                $0.startToClose = 5
                                $0.attempts = 0
                            }
                        }
                        var ids: [String] = []
                        for _ in 1...5 { ids.append(try await kitchen.start(steps + [.sleep(0.2), .say("end")])) }
                        try await eventually { effects.withLock { $0.count } > 10 }
                        let process = try #require(server.server.processID)
                        kill(process, SIGKILL)
                        for id in ids {
                            let log = try await kitchen.log(id)
                            #expect(log == (1...12).map { "\"\($0)\"" } + ["end"])
                            try await kitchen.replays(id)
                        }
                    }
                }
            }
        }
    }
}
