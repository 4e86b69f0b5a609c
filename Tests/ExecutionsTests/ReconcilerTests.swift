import Executions
import Foundation
import JSON
import Storage
import Temporal
import TestSupport
import Testing
import Worker

private let call = "call: activity, with: { taskQueue: QUEUE, name:"

extension ExecutionsOnTemporal {
    /// The row says what Temporal says, whatever happened. No worker writes the ends of runs here: only the reconciler does.
    @Suite struct Reconciling {
        private static let options = Workshop.Options(closes: false, reconciles: true)
        /// Seconds after a round; the tests' reconciler makes one each second.
        private static let bound = Duration.seconds(10)

        private static func status(_ shop: Workshop, _ id: UUID, becomes status: ExecutionStatus) async throws {
            let begin = ContinuousClock.now
            try await shop.status(id, becomes: status, within: bound)
            print("reconciler: \(status.rawValue) after \(ContinuousClock.now - begin)")
        }

        private static let long = "- nap: { wait: { hours: 1 } }"

        @Test func endThatAWorkerDiedBeforeWritingIsWritten() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                try await shop.template("broken", "- one: { \(call) failing } }")
                let (good, bad) = (try await shop.start("quick"), try await shop.start("broken"))
                try await Self.status(shop, good, becomes: .completed)
                try await Self.status(shop, bad, becomes: .failed)
                let (completed, failed) = (try await shop.closed(good), try await shop.closed(bad))
                #expect(completed.row.status == .completed && completed.row.output?["result"] == ["x": 1])
                #expect(failed.row.status == .failed && failed.steps.first?["status"] == "failed")
                #expect(try await shop.store.histories(of: good, tenant: shop.tenant).count == 1)
            }
        }

        @Test func terminatedTimedOutAndCancelledFromOutside() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("long", Self.long)
                let terminated = try await shop.start("long")
                let cancelled = try await shop.start("long")
                let timedOut = try await Self.startedElsewhere("long", shop) { $0.executionTimeout = .seconds(1) }
                try await shop.temporal.terminate(workflowID: terminated.text, reason: "by hand")
                try await shop.temporal.cancel(workflowID: cancelled.text)
                try await Self.status(shop, terminated, becomes: .terminated)
                try await Self.status(shop, cancelled, becomes: .cancelled)
                try await Self.status(shop, timedOut, becomes: .timedOut)
                let row = try #require(try await shop.store.get(terminated))
                #expect(row.summary.errorMessage == "terminated: by hand")
            }
        }

        /// A row with its workflow, whose start reply was lost.
        private static func startedElsewhere(
            _ template: String, _ shop: Workshop, _ change: (inout StartWorkflowRequest) -> Void = { _ in }
        ) async throws -> UUID {
            let definition = try #require(
                try await DefinitionStore(shop.database).find(name: template, version: nil, tenant: shop.tenant))
            let new = NewExecution(
                tenantID: shop.tenant, definitionID: definition.id, input: [:], aiEnhanced: false,
                startedAt: Date(timeIntervalSinceNow: -3))
            let pin = RunPin(
                templateID: definition.id, templateName: template, templateVersion: definition.version,
                definition: definition.definition, definitionDigest: definition.digest, aiEnhanced: false,
                tier: "enterprise")
            var request = StartWorkflowRequest(
                workflowID: new.id.text, workflowType: template, taskQueue: shop.queue,
                input: pin.arguments(input: [:]), requestID: new.id.text)
            change(&request)
            _ = try await shop.temporal.startWorkflow(request)
            _ = try await shop.store.insert(new)
            return new.id
        }

        @Test func promisedStartsHappenAndLostRepliesAreFound() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                try await shop.template("long", Self.long)
                let lost = try await Self.startedElsewhere("long", shop)
                let ended = try await Self.startedElsewhere("quick", shop)
                let definition = try #require(try await shop.store.get(lost)).summary.definitionID
                let promised = try await shop.store.insert(
                    NewExecution(
                        tenantID: shop.tenant, definitionID: definition, input: [:], aiEnhanced: false,
                        startedAt: Date(timeIntervalSinceNow: -3))
                ).execution.id
                try await Self.status(shop, lost, becomes: .running)
                try await Self.status(shop, promised, becomes: .running)
                try await Self.status(shop, ended, becomes: .completed)
                for id in [lost, promised] { _ = try await shop.executions.terminate(id, of: shop.tenant, reason: "") }
            }
        }

        @Test func resetOfAnOpenAndOfAClosedExecutionIsFollowed() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("long", Self.long)
                try await shop.template("gated", "- one: { \(call) gated } }")
                let open = try await shop.start("long")
                let closed = try await shop.start("gated")
                try await shop.gate.arrival(1)
                shop.gate.open()
                try await Self.status(shop, closed, becomes: .completed)
                try await eventually(timeout: .seconds(20), "it naps") {
                    try await shop.executions.get(open, of: shop.tenant).steps.count == 1
                }
                let next = try await shop.temporal.reset(workflowID: open.text, to: .firstWorkflowTask, reason: "again")
                let second = try await shop.temporal.reset(
                    workflowID: closed.text, to: .firstWorkflowTask, reason: "again")
                try await eventually(timeout: Self.bound, "the row follows the reset") {
                    try await shop.store.get(open)?.summary.latestRunID == next
                }
                try await Self.status(shop, closed, becomes: .running)
                #expect(try await shop.store.get(open)?.status == .running)
                try await shop.gate.arrival(2)
                shop.gate.open()
                try await Self.status(shop, closed, becomes: .completed)
                #expect(try await shop.store.get(closed)?.summary.latestRunID == second)
                #expect(try await shop.store.histories(of: closed, tenant: shop.tenant).count == 2)
                _ = try await shop.executions.terminate(open, of: shop.tenant, reason: "")
            }
        }

        @Test func executionThatTemporalHasLostIsUnknownUntilSomebodyEndsIt() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("long", Self.long)
                let definition = try await Self.startedElsewhere("long", shop)
                let row = try #require(try await shop.store.get(definition)).summary
                // As if the namespace had been restored from before its start.
                let lost = try await shop.store.insert(
                    NewExecution(
                        tenantID: shop.tenant, definitionID: row.definitionID, temporalRunID: UUID().text, input: [:],
                        aiEnhanced: false, startedAt: Date(timeIntervalSinceNow: -14))
                ).execution.id
                try await Self.status(shop, lost, becomes: .unknown)
                let shown = try await shop.executions.get(lost, of: shop.tenant)
                #expect(shown.row.status == .unknown && shown.row.summary.missingAt != nil)
                let ended = try await shop.executions.terminate(lost, of: shop.tenant, reason: "give up")
                #expect(ended.row.status == .terminated)
                _ = try await shop.executions.terminate(definition, of: shop.tenant, reason: "")
            }
        }

        @Test func workflowIDUsedAgainByAnotherClientIsAnotherExecution() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let workflow = "theirs-\(UUID().text)"
                var runs: [String] = []
                for _ in 0..<2 {
                    var request = StartWorkflowRequest(
                        workflowID: workflow, workflowType: "quick", taskQueue: shop.queue,
                        input: [.json([:] as JSONValue)])
                    request.searchAttributes = ["TenantId": .keyword(shop.tenant.text)]
                    runs.append(try await shop.temporal.startWorkflow(request).runID)
                    let outcome = try await shop.temporal.result(workflowID: workflow)
                    guard case .completed = outcome else {
                        Issue.record("\(outcome)")
                        return
                    }
                }
                // Lists are compared by workflow id, so the first of two rows is looked at when it is 15 seconds old.
                try await eventually(timeout: .seconds(30), "both are closed") {
                    let rows = try await shop.store.list(tenant: shop.tenant).executions
                    return rows.count == 2 && rows.allSatisfy { $0.status == .completed }
                }
                let rows = try await shop.store.list(tenant: shop.tenant).executions
                #expect(Set(rows.compactMap(\.temporalRunID)) == Set(runs))
            }
        }

        @Test func chainOfRunsIsOneExecution() async throws {
            // With a worker that writes: the reconciler must not take a link for the end.
            try await Workshop.with(.init(closes: true, reconciles: true)) { shop in
                try await shop.template(
                    "chain",
                    """
                    - rounds:
                        for: { each: n, in: "${ [range(12)] }" }
                        do:
                          - one: { \(call) echo, input: { n: "${ $n }" } } }
                    """)
                let id = try await shop.start("chain")
                let details = try await shop.closed(id)
                #expect(details.row.status == .completed)
                #expect(
                    details.row.summary.latestRunID != details.row.summary.temporalRunID, "it went on in another run")
                #expect(details.steps.count { $0["name"] == "one" } == 12)
            }
        }
    }
}
