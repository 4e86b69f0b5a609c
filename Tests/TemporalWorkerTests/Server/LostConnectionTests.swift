import DevelopmentServer
import Foundation
import Fuzz
import Temporal
import TestSupport
import Testing

/// Connections that end while everything is under way: nothing is lost, nothing happens twice in a history.
@Suite(.timeLimit(.minutes(5)), .serialized) struct LostConnectionTests {
    private static let actions: [Action] = [echo("a"), .sleep(0.05), echo("b")]

    /// A task that a cut poll was given is lost until its timeout; then another attempt follows.
    private static func echo(_ text: String) -> Action {
        .activity("echo", text) {
            $0.startToClose = 2
            $0.attempts = 0
        }
    }

    private func expectAllDone(_ kitchen: Kitchen, _ ids: [String]) async throws {
        for id in ids {
            #expect(try await kitchen.log(id) == ["\"a\"", "\"b\""])
            let events = try await kitchen.client.events(workflowID: id)
            #expect(events.count { if case .activityCompleted = $0.kind { true } else { false } } == 2)
        }
        for id in ids.prefix(3) { try await kitchen.replays(id) }
    }

    /// Temporal ends connections of a certain age politely (GOAWAY, every five minutes by default).
    @Test func aServerThatEndsConnectionsByAgeIsNotNoticed() async throws {
        var configuration = DevelopmentServer.Configuration.forTests
        configuration.dynamicConfiguration += [
            "frontend.keepAliveMaxConnectionAge=\"1s\"", "frontend.keepAliveMaxConnectionAgeGrace=\"60s\"",
        ]
        try await TemporalServer.with(configuration) { server in
            try await Kitchen.open(server.address) { kitchen in
                try await kitchen.withWorkers {
                    var ids: [String] = []
                    for _ in 0..<40 {
                        ids.append(try await kitchen.start(Self.actions))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await expectAllDone(kitchen, ids)
                    #expect(kitchen.client.connection.connectionsOpened > 2)
                    for id in ids {
                        let events = try await kitchen.client.events(workflowID: id)
                        #expect(!events.contains { if case .workflowTaskTimedOut = $0.kind { true } else { false } })
                    }
                }
            }
        }
    }

    /// The network cuts connections in the middle of polls, reports and completions.
    @Test func aConnectionThatIsCutAgainAndAgainLosesNothing() async throws {
        try await TemporalServer.with { server in
            try await CuttingProxy.with(server.address, every: 0.7) { address in
                try await Kitchen.open(address) { kitchen in
                    try await kitchen.withWorkers {
                        var ids: [String] = []
                        for _ in 0..<40 {
                            ids.append(try await kitchen.start(Self.actions) { $0.taskTimeout = .seconds(2) })
                        }
                        try await expectAllDone(kitchen, ids)
                        #expect(kitchen.client.connection.connectionsOpened > 2)
                    }
                }
            }
        }
    }
}

/// `Python/cutting_proxy.py` for the duration of a test.
private enum CuttingProxy {
    static func with<Result: Sendable>(
        _ server: String, every seconds: Double, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = Kitchen.package.appending(path: ".venv/bin/python")
        let script = Kitchen.package.appending(path: "Tests/TemporalWorkerTests/Python/cutting_proxy.py").path
        process.arguments = ["-B", script, server, "\(seconds)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        return try await body("127.0.0.1:\(port.trimmingCharacters(in: .whitespacesAndNewlines))")
    }
}
