import Executions
import Foundation
import JSON
import Logging
import Storage
import Synchronization
import Temporal
import TestSupport
import Testing

extension ExecutionsOnTemporal {
    /// What cannot be repaired holds up nothing else.
    @Suite struct ReconcilingFaults {
        private static let options = Workshop.Options(closes: false, reconciles: true, codec: MarkedCodec())

        /// A row that Temporal has nothing of, which the reconciler looks at once it is 15 s old.
        private static func lostRow(_ shop: Workshop, like id: UUID) async throws -> UUID {
            let definition = try #require(try await shop.store.get(id)).summary.definitionID
            return try await shop.store.insert(
                NewExecution(
                    tenantID: shop.tenant, definitionID: definition, temporalRunID: UUID().text, input: [:],
                    aiEnhanced: false, startedAt: Date(timeIntervalSinceNow: -8))
            ).execution.id
        }

        @Test func runWhoseHistoryIsLostHoldsUpNoOther() async throws {
            try await Workshop.with(Self.options) { shop in
                try await shop.template("unreadable", #"- one: { set: { x: '${ "lost-" + "chunk" }' } }"#)
                let unreadable = try await shop.start("unreadable")
                try await eventually(timeout: .seconds(20)) {
                    try await shop.temporal.describe(workflowID: unreadable.text).execution.status == .completed
                }
                let lost = try await Self.lostRow(shop, like: unreadable)
                try await shop.status(lost, becomes: .unknown, within: .seconds(20))
                #expect(try await shop.store.get(unreadable)?.status == .running)
            }
        }

        @Test func memoThatCannotBeReadTakesNoListAway() async throws {
            try await Workshop.with(Self.options) { shop in
                let id = "theirs-\(UUID().text)"
                var request = StartWorkflowRequest(
                    workflowID: id, workflowType: "theirs", taskQueue: "theirs-\(UUID().text)", input: [])
                request.memo = ["note": .json(Data("\"\(MarkedCodec.foreign)\"".utf8))]
                _ = try await shop.temporal.startWorkflow(request)
                let query = "WorkflowId = \(TemporalClient.visibilityLiteral(id))"
                try await eventually(timeout: .seconds(20)) {
                    let listed = try await shop.temporal.listPage(query, pageSize: 10).executions
                    return listed.first?.memo == request.memo
                }
                await #expect(throws: TemporalError.self) { try await shop.temporal.describe(workflowID: id) }
                try await shop.temporal.terminate(workflowID: id)
            }
        }

        @Test func executionThatIsTerminatedUnknownIsToldLikeAnyOther() async throws {
            let lines = Lines()
            let options = Workshop.Options(closes: false, logger: Logger(label: "closer") { _ in lines })
            try await Workshop.with(options) { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let lost = try await Self.lostRow(shop, like: try await shop.start("quick"))
                try await shop.store.markMissing(lost, since: Date())
                let ended = try await shop.executions.terminate(lost, of: shop.tenant, reason: "give up")
                #expect(ended.row.status == .terminated)
                #expect(lines.all == ["Execution closed"])
            }
        }
    }
}

/// What was logged.
private struct Lines: LogHandler {
    private final class Store: Sendable {
        let lines = Mutex<[String]>([])
    }

    private let store = Store()
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    var all: [String] { store.lines.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { store.lines.withLock { $0.append("\(event.message)") } }
}
