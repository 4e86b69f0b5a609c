import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ExecutionLifecycleTests {
    @Test(arguments: Backend.allCases)
    func whatARequestAskedForIsKept(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            var new = NewExecution(
                tenantID: UUID(), definitionID: definition, input: nil, aiEnhanced: false, idempotencyKey: "k")
            new.requestDigest = String(repeating: "a", count: 64)
            new.priority = 1
            new.tags = ["b", "a"]
            new.startAt = .at(3)
            new.requestID = "req-1"
            new.traceParent = "00-\(String(repeating: "1", count: 32))-\(String(repeating: "2", count: 16))-01"
            let row = try await store.insert(new).execution
            #expect(row.requestDigest == new.requestDigest && row.requestID == "req-1")
            #expect(row.traceParent == new.traceParent && row.idempotencyKey == "k")
            #expect(row.summary.priority == 1 && row.summary.tags == ["b", "a"] && row.summary.startAt == .at(3))
            #expect(try await store.get(idempotencyKey: "k", tenant: new.tenantID) == row)
            #expect(try await store.get(idempotencyKey: "k", tenant: UUID()) == nil)
        }
    }

    /// Temporal has it, but it has not begun: it is honest to say that it is pending.
    @Test(arguments: Backend.allCases)
    func delayedStartStaysPendingUntilItsTime(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            var new = NewExecution(tenantID: UUID(), definitionID: definition, input: nil, aiEnhanced: false)
            new.startAt = Date(timeIntervalSinceNow: 3600)
            _ = try await store.insert(new)
            try await store.markStarted(new.id, runID: "run")
            let waiting = try #require(try await store.get(new.id)).summary
            #expect(waiting.status == .pending && waiting.latestRunID == "run")
            #expect(try await !store.markFailedToStart(new.id, error: "it has started"))
            try await store.markStarted(new.id, runID: "run", now: Date(timeIntervalSinceNow: 3700))
            #expect(try await store.get(new.id)?.status == .running)
            #expect(try await store.close(new.id, runID: "run", ExecutionOutcome(status: .completed)))
        }
    }

    @Test(arguments: Backend.allCases)
    func pauseAndLossShowUntilTheyEnd(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let id = try await database.accepted().id
            try await store.markStarted(id, runID: "run")
            try await store.markPaused(id, since: .at(5))
            #expect(try await store.get(id)?.status == .paused)
            try await store.markMissing(id, since: .at(6))
            try await store.markMissing(id, since: .at(7))
            let lost = try #require(try await store.get(id)).summary
            #expect(lost.status == .unknown && lost.status.isOpen && lost.missingAt == .at(6))
            try await store.markMissing(id, since: nil)
            try await store.markPaused(id, since: nil)
            #expect(try await store.get(id)?.status == .running)
            try await store.markPaused(id, since: .at(8))
            #expect(try await store.close(id, runID: "run", ExecutionOutcome(status: .cancelled)))
            let closed = try #require(try await store.get(id)).summary
            #expect(closed.status == .cancelled && closed.pausedAt == nil)
            try await store.markPaused(id, since: .at(9))
            #expect(try await store.get(id)?.summary.pausedAt == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func closeKeepsStepsAndHistoryAndTellsWhoWaits(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let execution = try await database.accepted()
            let id = execution.id
            try await store.markStarted(id, runID: "run")
            var outcome = ExecutionOutcome(status: .failed, errorMessage: "no", completedAt: .at(9))
            outcome.errorType = "timeout"
            outcome.firstTaskAt = .at(1)
            outcome.finishedSteps = (1...120).map { number in
                FinishedStep(
                    number: number, name: String(repeating: "é", count: 300), kind: "call", activity: "a",
                    status: "completed", startedAt: .at(1), completedAt: .at(2.5), queueMilliseconds: 3)
            }
            outcome.finishedSteps[5].queueMilliseconds = nil
            outcome.finishedSteps[5].activity = nil
            let digest = ContentDigest(of: Data("h".utf8))
            outcome.history = ArchivedHistory(runID: "run", digest: digest, size: 1, events: 11, archivedAt: .at(9))
            var notifications = database.notifications().makeAsyncIterator()
            #expect(try await store.close(id, runID: "run", outcome))
            while let notification = await notifications.next() {
                if notification == .changed(.executions, payload: id.text) { break }
            }
            let rows = try await database.read {
                try $0.query("SELECT * FROM execution_steps WHERE execution_id = ? ORDER BY number", [id])
            }
            #expect(rows.count == 120)
            #expect(try rows[5].optional("queue_ms", as: Int.self) == nil)
            #expect(try rows[6].get("queue_ms") == 3 && rows[6].get("duration_ms") == 1500)
            #expect(try rows[0].get("name", as: String.self).count == 255)
            #expect(try await store.histories(of: id, tenant: execution.tenantID) == [outcome.history])
            #expect(try await store.histories(of: id, tenant: UUID()).isEmpty)
            #expect(try await store.get(id)?.firstTaskAt == .at(1))
            // A reset does it all over.
            #expect(try await store.reopen(id, runID: "run-2"))
            #expect(try await store.close(id, runID: "run-2", outcome))
        }
    }

    @Test func archivedHistoryIsReadBackByItsTenantAlone() async throws {
        try await withTemporaryFolder { folder in
            let archive = try HistoryArchive(folder: folder.appendingPathComponent("histories"))
            let tenant = UUID()
            let bytes = [UInt8]("events".utf8)
            let digest = try await archive.put(bytes, tenant: tenant)
            #expect(try await archive.put(bytes, tenant: tenant) == digest)
            #expect(try await archive.get(digest, tenant: tenant) == Data(bytes))
            #expect(await storageError { _ = try await archive.get(digest, tenant: UUID()) } == .notFound)
        }
    }
}
