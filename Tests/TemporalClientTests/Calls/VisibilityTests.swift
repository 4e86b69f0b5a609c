import DevelopmentServer
import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    @Suite struct Visibility {
        @Test func listIsPagedAndCountIsGrouped() async throws {
            try await withClient { client in
                let tenant = "it's 100% a tenant \(UUID().uuidString)"
                var ids: Set<String> = []
                for index in 0..<7 {
                    var start = request("waiter", queue: "nobody")
                    start.searchAttributes = ["TenantId": .keyword(tenant), "AIEnhanced": .bool(index < 3)]
                    start.memo = ["index": try json(index)]
                    ids.insert(try await client.startWorkflow(start).workflowID)
                }
                let query = "TenantId = \(TemporalClient.visibilityLiteral(tenant))"
                try await eventually { try await client.count(query).count == 7 }

                var listed: [WorkflowExecution] = []
                for try await execution in client.list(query, pageSize: 3) { listed.append(execution) }
                #expect(Set(listed.map(\.workflowID)) == ids)
                #expect(listed.count == 7)
                #expect(
                    listed.allSatisfy { $0.status == .running && $0.searchAttributes["TenantId"] == .keyword(tenant) })
                #expect(Set(listed.compactMap { $0.memo["index"] }).count == 7)

                let page = try await client.listPage(query, pageSize: 3)
                #expect(page.executions.count == 3)
                #expect(!page.nextPageToken.isEmpty)

                try await client.terminate(workflowID: #require(ids.first))
                try await eventually {
                    let groups = try await client.count("\(query) GROUP BY ExecutionStatus").groups
                    return Set(groups.map { "\($0.values) \($0.count)" }).count == 2
                }
                let groups = try await client.count("\(query) GROUP BY ExecutionStatus").groups
                #expect(groups.first { $0.values == [.keyword("Running")] }?.count == 6)
                #expect(groups.first { $0.values == [.keyword("Terminated")] }?.count == 1)
            }
        }

        @Test func malformedQueryIsTold() async throws {
            try await withClient { client in
                let error = try await #require(throws: TemporalError.self) { try await client.count("NOT A QUERY (") }
                #expect(error.code == .invalidArgument)
            }
        }

        @Test func searchAttributesAreAddedOnce() async throws {
            try await withClient { client in
                let attributes: [String: SearchAttributes.ValueType] = ["AddedKeyword": .keyword, "AddedInt": .int]
                try await client.addSearchAttributes(attributes)
                try await client.addSearchAttributes(attributes)
                let listed = try await client.listSearchAttributes()
                #expect(listed["AddedKeyword"] == .keyword)
                #expect(listed["AddedInt"] == .int)
                #expect(listed["TenantId"] == .keyword)
                var start = request("waiter", queue: "nobody")
                start.searchAttributes = ["AddedKeyword": .keyword("at once"), "AddedInt": .int(-1)]
                _ = try await client.startWorkflow(start)
                try await client.terminate(workflowID: start.workflowID)
                let error = try await #require(throws: TemporalError.self) {
                    try await client.addSearchAttributes(["AddedInt": .text])
                }
                #expect(error.code == .alreadyExists)
            }
        }

        @Test func namespaceIsRegisteredAndUsable() async throws {
            let name = "space-\(UUID().uuidString)"
            try await withClient(namespace: name) { client in
                try await client.registerNamespace(name, description: "for a test")
                try await client.waitForNamespace()
                _ = try await client.startWorkflow(request("waiter"))
                let description = try await client.describeNamespace(name)
                #expect(description.name == name)
                #expect(description.state == .registered)
                #expect(description.retention == .seconds(30 * 86400))
                #expect(description.description == "for a test")
                #expect(description.capabilities.contains(.updates))
                #expect(description.valueLimit == 2 << 20)
                try await client.updateNamespace(name, retention: .seconds(3 * 86400))
                let changed = try await client.describeNamespace(name)
                #expect(changed.retention == .seconds(3 * 86400))
                #expect(changed.description == "for a test")
                var names: [String] = []
                for try await listed in client.listNamespaces(pageSize: 1) { names.append(listed.name) }
                #expect(Set(names).isSuperset(of: [name, "default"]))
                let refused = try await #require(throws: TemporalError.self) {
                    try await client.updateNamespace(name, retention: .seconds(-1))
                }
                #expect(refused.code == .invalidArgument)
                let again = try await #require(throws: TemporalError.self) {
                    try await client.registerNamespace(name, retention: .seconds(86400))
                }
                #expect(again.code == .alreadyExists)
                let unknown = try await #require(throws: TemporalError.self) {
                    try await client.describeNamespace("nowhere")
                }
                #expect(unknown.code == .namespaceNotFound)
            }
        }

        @Test func taskQueueTellsItsPollersAndBacklog() async throws {
            try await withClient { client in
                for kind in [TaskQueueDescription.Kind.workflow, .activity] {
                    try await eventually { try await !client.describeTaskQueue("peer", kind: kind).pollers.isEmpty }
                }

                for _ in 0..<4 { _ = try await client.startWorkflow(request("waiter", queue: "backlog")) }
                try await eventually {
                    try await client.describeTaskQueue("backlog", kind: .workflow).backlogCount == 4
                }
                let waiting = try await client.describeTaskQueue("backlog", kind: .workflow)
                #expect(waiting.pollers.isEmpty)
                #expect(waiting.backlogAge > .zero)
                #expect(waiting.backlogByPriority.values.reduce(0) { $0 + $1.count } == 4)
                var urgent = request("waiter", queue: "backlog")
                urgent.priority = Priority(key: 1)
                _ = try await client.startWorkflow(urgent)
                try await eventually {
                    try await client.describeTaskQueue("backlog", kind: .workflow).backlogByPriority[1]?.count == 1
                }
            }
        }

        @Test func serverTellsItsVersion() async throws {
            try await withClient { client in
                let info = try await client.systemInfo()
                #expect(info.serverVersion.hasPrefix("1."))
            }
        }

        @Test func officialCommandLineReadsOurRuns() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("echo", json("shown")))
                _ = try await client.result(workflowID: started.workflowID)
                let output = try await Shell.temporal(
                    "workflow", "result", "--workflow-id", started.workflowID, "--output", "json")
                #expect(output.contains("shown"))
                #expect(output.contains("COMPLETED"))
            }
        }
    }
}

/// The official command-line tool against the suite's server.
enum Shell {
    static func temporal(_ arguments: String...) async throws -> String {
        let server = try TemporalServer.current
        let all = arguments + ["--address", server.address, "--namespace", server.namespace]
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: .init { try run(all) })
            }
        }
    }

    private static func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try TemporalExecutable.find())
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
