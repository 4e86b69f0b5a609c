import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ExecutionStoreTests {
    @Test(arguments: Backend.allCases)
    func acceptedRowHoldsEverythingAndIsPending(_ backend: Backend) async throws {
        try await backend.with { database in
            let definition = try await database.insertedDefinition()
            let store = ExecutionStore(database)
            let tenant = UUID()
            let principal = UUID()
            let new = NewExecution(
                tenantID: tenant, definitionID: definition,
                input: ["text": "é\"\\ \u{1F600}", "n": [1, 2.5, nil, true]],
                aiEnhanced: true, triggeredBy: principal, metadata: ["source": "api"], startedAt: .at(1.5)
            )
            let (execution, isNew) = try await store.insert(new)
            #expect(isNew)
            #expect(try await store.get(new.id, tenant: tenant) == execution)
            #expect(try await store.get(new.id) == execution)
            #expect(try await store.summary(workflowID: execution.summary.temporalWorkflowID) == execution.summary)
            let row = execution.summary
            #expect(execution.input == new.input && execution.output == nil && execution.steps == [])
            #expect(execution.metadata == ["source": "api"] && execution.aiActivitiesUsed == [])
            #expect(row.status == .pending && row.temporalRunID == nil && row.latestRunID == nil)
            #expect(row.temporalWorkflowID == new.id.uuidString.lowercased())
            #expect(row.template == "document-processing" && row.templateVersion == "1.0.0")
            #expect(row.aiEnhanced && !row.fallbackUsed && row.costMicrodollars == 0 && row.costCents == 0)
            #expect(row.startedAt == .at(1.5) && row.completedAt == nil && row.durationMilliseconds == nil)
            #expect(row.triggeredBy == principal && row.definitionID == definition)
        }
    }

    @Test(arguments: Backend.allCases)
    func startThenCloseIsOneTransition(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let id = try await database.accepted().id
            try await store.markStarted(id, runID: "run-1")
            #expect(try await store.get(id)?.status == .running)
            let outcome = ExecutionOutcome(
                status: .completed, output: ["ok": true], steps: [["name": "extract"]], aiActivitiesUsed: ["summarize"],
                fallbackUsed: true, completedAt: .at(2.0005)
            )
            #expect(try await store.close(id, runID: "run-1", outcome))
            #expect(try await !store.close(id, runID: "run-1", outcome))
            let closed = try #require(try await store.get(id))
            #expect(closed.status == .completed && closed.output == ["ok": true])
            #expect(closed.steps == [["name": "extract"]] && closed.aiActivitiesUsed == ["summarize"])
            #expect(closed.summary.fallbackUsed && closed.summary.completedAt == .at(2.0005))
            #expect(closed.summary.durationMilliseconds == 2000)
        }
    }

    @Test(arguments: Backend.allCases)
    func lateStartReplyNeverReopensAClosedRow(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let id = try await database.accepted().id
            #expect(
                try await store.close(
                    id, runID: "run-2", first: "run-1", ExecutionOutcome(status: .failed, errorMessage: "no\0way")))
            try await store.markStarted(id, runID: "run-1")
            let closed = try #require(try await store.get(id)).summary
            #expect(closed.status == .failed && closed.errorMessage == "no\u{FFFD}way")
            #expect(closed.temporalRunID == "run-1" && closed.latestRunID == "run-2")
        }
    }

    @Test(arguments: Backend.allCases)
    func continueAsNewAndResetFollowTheCurrentRun(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let id = try await database.accepted().id
            try await store.markStarted(id, runID: "run-1")
            try await store.advance(id, first: "run-1", latest: "run-2")
            // The old run's end is not the execution's.
            #expect(try await !store.close(id, runID: "run-1", ExecutionOutcome(status: .terminated)))
            #expect(try await store.close(id, runID: "run-2", ExecutionOutcome(status: .completed, output: 1)))
            try await store.advance(id, first: "run-1", latest: "run-9")
            #expect(try await store.get(id)?.summary.latestRunID == "run-2")
            #expect(try await !store.reopen(id, runID: "run-2"))
            #expect(try await store.reopen(id, runID: "run-3"))
            let open = try #require(try await store.get(id))
            #expect(open.status == .running && open.output == nil && open.summary.completedAt == nil)
            #expect(open.summary.temporalRunID == "run-1" && open.summary.latestRunID == "run-3")
            #expect(try await store.close(id, runID: "run-3", ExecutionOutcome(status: .cancelled)))
        }
    }

    @Test(arguments: Backend.allCases)
    func onlyAPendingRowFailsToStart(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            let refused = try await database.accepted(definition: definition).id
            #expect(try await store.markFailedToStart(refused, error: "namespace is gone", now: .at(3)))
            #expect(try await !store.markFailedToStart(refused, error: "again"))
            let row = try #require(try await store.get(refused)).summary
            #expect(row.status == .failed && row.errorMessage == "namespace is gone" && row.temporalRunID == nil)
            #expect(row.durationMilliseconds == 3000)
            let started = try await database.accepted(definition: definition).id
            try await store.markStarted(started, runID: "r")
            #expect(try await !store.markFailedToStart(started, error: "late"))
        }
    }

    @Test(arguments: Backend.allCases)
    func hundredClosersMakeOneTransition(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let id = try await database.accepted().id
            try await store.markStarted(id, runID: "run")
            let transitions = try await withThrowingTaskGroup { group in
                for index in 0..<100 {
                    group.addTask {
                        try await store.close(
                            id, runID: "run", ExecutionOutcome(status: .completed, output: .integer(Int64(index))))
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(transitions == 1)
        }
    }

    @Test(arguments: Backend.allCases)
    func idempotencyKeyReturnsTheFirstExecution(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            let tenant = UUID()
            func new(_ tenant: UUID) -> NewExecution {
                NewExecution(
                    tenantID: tenant, definitionID: definition, input: nil, aiEnhanced: false, idempotencyKey: "order-7"
                )
            }
            let results = try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    let candidate = new(tenant)
                    group.addTask { try await store.insert(candidate) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter(\.isNew).count == 1)
            #expect(Set(results.map(\.execution.id)).count == 1)
            #expect(try await store.insert(new(UUID())).isNew, "the key belongs to one tenant")
        }
    }

    @Test(arguments: Backend.allCases)
    func anotherTenantSeesNothing(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let id = try await database.accepted(UUID()).id
            let stranger = UUID()
            #expect(try await store.get(id, tenant: stranger) == nil)
            #expect(try await store.list(tenant: stranger).executions.isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func pagesNeitherRepeatNorSkipRowsOfTheSameTime(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            let other = try await database.insertedDefinition("notification")
            let tenant = UUID()
            for index in 0..<25 {
                // Five rows a time.
                let id = try await database.accepted(
                    tenant, definition: index % 2 == 0 ? definition : other, at: .at(Double(index / 5))
                ).id
                if index % 5 == 0 { try await store.markStarted(id, runID: "r") }
            }
            var seen: [ExecutionSummary] = []
            var cursor: String?
            var pages = 0
            repeat {
                let page = try await store.list(tenant: tenant, limit: 7, cursor: cursor)
                seen += page.executions
                cursor = page.next
                pages += 1
            } while cursor != nil
            #expect(pages == 4 && seen.count == 25 && Set(seen.map(\.id)).count == 25)
            #expect(seen.map(\.startedAt) == seen.map(\.startedAt).sorted(by: >))
            #expect(try await store.list(tenant: tenant, limit: 25).next == nil)

            let running = try await store.list(tenant: tenant, filter: .init(status: .running))
            #expect(running.executions.count == 5 && running.executions.allSatisfy { $0.status == .running })
            let notifications = try await store.list(tenant: tenant, filter: .init(template: "notification"))
            #expect(notifications.executions.count == 12)
            #expect(
                try await store.list(tenant: tenant, filter: .init(status: .running, template: "notification"))
                    .executions.count == 2)
        }
    }

    @Test(arguments: ["", "x", "!!!!", "MTIz", String(repeating: "A", count: 5000), "MSBhYmM", "' OR 1=1 --"])
    func forgedCursorIsRefused(_ cursor: String) async throws {
        try await Backend.memory.with { database in
            let code = await storageError {
                _ = try await ExecutionStore(database).list(tenant: UUID(), cursor: cursor)
            }
            #expect(code == .invalidCursor)
        }
    }

    @Test(arguments: Backend.allCases)
    func reconcilerSeesOpenRowsOfAllTenantsOldestFirst(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            var ids: [UUID] = []
            for index in 0..<6 {
                ids.append(try await database.accepted(UUID(), definition: definition, at: .at(Double(index))).id)
            }
            try await store.markStarted(ids[1], runID: "r")
            _ = try await store.markFailedToStart(ids[2], error: "refused")
            #expect(try await store.pending(before: .at(4)).map(\.id) == [ids[0], ids[3]])
            let first = try await store.open(before: .at(5), limit: 2)
            #expect(first.map(\.id) == [ids[0], ids[1]])
            let second = try await store.open(before: .at(5), after: first.last, limit: 9)
            #expect(second.map(\.id) == [ids[3], ids[4]])
            #expect(try await store.open(from: .at(3), before: .at(9)).map(\.id) == Array(ids[3...]))
            let found = try await store.summaries(workflowIDs: [ids[1].text, ids[2].text, "another's"])
            #expect(Set(found.keys) == [ids[1].text, ids[2].text])
        }
    }

    @Test(arguments: [
        ["text": "a\0b"] as JSONValue, ["k\0": 1], ["deep": [["x": ["\0"]]]], "\0",
    ])
    func nulInJSONIsRefusedBeforeWriting(_ input: JSONValue) async throws {
        try await Backend.memory.with { database in
            let definition = try await database.insertedDefinition()
            let new = NewExecution(tenantID: UUID(), definitionID: definition, input: input, aiEnhanced: false)
            #expect(await storageError { _ = try await ExecutionStore(database).insert(new) } == .invalidText)
            #expect(try await ExecutionStore(database).get(new.id) == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func brokenReferencesAndRulesAreClearErrors(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let unknown = NewExecution(tenantID: UUID(), definitionID: UUID(), input: nil, aiEnhanced: false)
            #expect(await storageError { _ = try await store.insert(unknown) } == .constraint)
            let existing = try await database.accepted()
            let twin = NewExecution(
                id: existing.id, tenantID: UUID(), definitionID: existing.summary.definitionID, input: nil,
                aiEnhanced: false
            )
            #expect(await storageError { _ = try await store.insert(twin) } == .conflict)
            #expect(
                await storageError { _ = try await store.close(existing.id, runID: "r", .init(status: .running)) }
                    == .constraint
            )
        }
    }
}
