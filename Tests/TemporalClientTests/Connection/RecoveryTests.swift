import DevelopmentServer
import Foundation
import Temporal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a connection outlives.
@Suite(.timeLimit(.minutes(3))) struct RecoveryTests {
    /// The server measures with a PING at a time: a few callers meet more of them than many. Without the cure the
    /// connection falls after 200, and only the retries hide it.
    @Test(.temporalServer()) func thousandsOfCallsKeepTheConnection() async throws {
        try await withClient { client in
            let began = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<500 { _ = try await client.describeNamespace("default") }
                        // Refusals, each of which may reset its stream, are counted too.
                        for _ in 0..<100 { _ = try? await client.describeNamespace("nowhere") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(client.connection.connectionsOpened == 1)
            print("2,400 calls in \(ContinuousClock.now - began)")
        }
    }

    @Test func callsGoOnAfterTheServerWasKilled() async throws {
        try await withTemporaryFolder { folder in
            var configuration = DevelopmentServer.Configuration.forTests
            configuration.folder = folder
            try await TemporalServer.with(configuration) { server in
                let address = try #require(TemporalConnection.Configuration.Address(server.address))
                try await TemporalConnection.with(.init(address: address)) { connection in
                    let client = TemporalClient(connection)
                    let started = try await client.startWorkflow(
                        .init(workflowID: "survivor", workflowType: "waiter", taskQueue: "nobody"))
                    let waiting = Task { try await client.result(workflowID: "survivor") }
                    try await Task.sleep(for: .milliseconds(200))

                    for _ in 0..<2 {
                        let pid = try #require(server.server.processID)
                        #expect(kill(pid, SIGKILL) == 0)
                        let began = ContinuousClock.now
                        // Retried until the new server answers.
                        let description = try await client.describe(workflowID: "survivor")
                        #expect(description.execution.runID == started.runID)
                        #expect(description.execution.status == .running)
                        #expect(connection.connectionsOpened > 1)
                        print("answered \(ContinuousClock.now - began) after the kill")
                    }

                    try await client.terminate(workflowID: "survivor", reason: "done")
                    let outcome = try await waiting.value
                    guard case .terminated("done", _) = outcome else { throw Unexpected(outcome) }
                }
            }
        }
    }

    @Test func absentServerIsToldInTime() async throws {
        let port = try #require(LocalPort.anyFree())
        try await TemporalConnection.with(.init(address: .init(host: "127.0.0.1", port: port))) { connection in
            let client = TemporalClient(connection)
            let began = ContinuousClock.now
            let error = try await #require(throws: TemporalError.self) {
                try await client.query(workflowID: "x", name: "y", timeout: .seconds(3))
            }
            #expect([.unavailable, .deadlineExceeded].contains(error.code))
            #expect(ContinuousClock.now - began < .seconds(10))
        }
    }
}
