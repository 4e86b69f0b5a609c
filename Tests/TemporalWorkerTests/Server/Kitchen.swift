import Foundation
import Fuzz
import Logging
import Metrics
import ServiceLifecycle
import Subprocess
import SystemPackage
import Temporal
import TestSupport
import Testing

/// A client and a task queue of its own on a real server, and workers for as long as a test wants them.
struct Kitchen: Sendable {
    let client: TemporalClient
    let address: String
    let queue: String

    /// Connects; the server may be away for a while.
    static func open<Result: Sendable>(
        _ address: String, codec: any PayloadCodec = IdentityPayloadCodec(), metrics: (any MetricsFactory)? = nil,
        _ body: (Kitchen) async throws -> Result
    ) async throws -> Result {
        var configuration = TemporalConnection.Configuration(
            address: try #require(TemporalConnection.Configuration.Address(address)))
        if let metrics { configuration.metrics = metrics }
        return try await TemporalConnection.with(configuration) { connection in
            try await body(
                Kitchen(
                    client: TemporalClient(connection, codec: codec), address: address,
                    queue: "kitchen-\(UUID().uuidString)"))
        }
    }

    static let quiet = Logger(label: "worker") { _ in
        if ProcessInfo.processInfo.environment["WORKER_LOG"] == nil { return SwiftLogNoOpLogHandler() }
        return StreamLogHandler.standardError(label: "worker")
    }

    // MARK: Workers

    /// Runs workers beside `body`, then shuts them down gracefully and waits until they are gone.
    func withWorkers<Machine: WorkflowMachine, Result: Sendable>(
        _ machine: Machine.Type, activities: [String: ActivityHandler] = Kitchen.activities,
        configure: (inout WorkflowWorkerConfiguration, inout ActivityWorkerConfiguration) -> Void = { _, _ in },
        onClosed: @escaping @Sendable (ClosedWorkflow<Machine>) async -> Void = { _ in },
        _ body: () async throws -> Result
    ) async throws -> Result {
        var workflows = WorkflowWorkerConfiguration(taskQueue: queue, buildID: "test")
        var tasks = ActivityWorkerConfiguration(taskQueue: queue, buildID: "test")
        configure(&workflows, &tasks)
        let services: [any Service] = [
            WorkflowWorker(machine, client: client, configuration: workflows, logger: Self.quiet, onClosed: onClosed),
            ActivityWorker(client: client, configuration: tasks, logger: Self.quiet, activities: activities),
        ]
        let group = ServiceGroup(services: services, logger: Self.quiet)
        return try await withThrowingTaskGroup(of: Void.self) { running in
            running.addTask { try await group.run() }
            do {
                let result = try await body()
                await group.triggerGracefulShutdown()
                try await running.waitForAll()
                return result
            } catch {
                running.cancelAll()
                throw error
            }
        }
    }

    func withWorkers<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await withWorkers(KitchenSink.self, body)
    }

    /// A worker that the caller runs, and ends as roughly as it likes.
    func workflowWorker(_ configure: (inout WorkflowWorkerConfiguration) -> Void = { _ in }) -> WorkflowWorker<
        KitchenSink
    > {
        var configuration = WorkflowWorkerConfiguration(taskQueue: queue, buildID: "test")
        configure(&configuration)
        return WorkflowWorker(KitchenSink.self, client: client, configuration: configuration, logger: Self.quiet)
    }

    /// Runs the activities alone beside `body`.
    func withActivityWorker<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let worker = ActivityWorker(
            client: client, configuration: ActivityWorkerConfiguration(taskQueue: queue, buildID: "test"),
            logger: Self.quiet, activities: Self.activities)
        return try await withThrowingTaskGroup(of: Void.self) { running in
            running.addTask { try await worker.run() }
            defer { running.cancelAll() }
            return try await body()
        }
    }

    static let activities = KitchenSink.activities

    // MARK: Runs

    func start(
        _ actions: [Action], id: String = UUID().uuidString, type: String = "KitchenSink",
        configure: (inout StartWorkflowRequest) -> Void = { _ in }
    ) async throws -> String {
        var request = StartWorkflowRequest(
            workflowID: id, workflowType: type, taskQueue: queue, input: [try DataConverter.encode(actions)])
        configure(&request)
        _ = try await client.startWorkflow(request)
        return id
    }

    /// The log that is a completed run's result; any other end is an issue.
    func log(_ id: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [String] {
        let outcome = try await client.result(workflowID: id)
        guard case .completed(let payloads) = outcome, let payload = payloads.first else {
            Issue.record("ended otherwise: \(outcome)", sourceLocation: sourceLocation)
            return []
        }
        return try DataConverter.decode([String].self, from: payload)
    }

    func signal(_ id: String, _ name: String, _ text: String? = nil) async throws {
        let input = try text.map { [try DataConverter.encode($0)] } ?? []
        try await client.signal(workflowID: id, name: name, input: input)
    }

    func query(_ id: String, _ name: String = "log") async throws -> String {
        let payloads = try await client.query(workflowID: id, name: name)
        return payloads.map { String(decoding: $0.data, as: UTF8.self) }.joined()
    }

    /// The recorded history does again what it did, read from the server and as the CLI writes it.
    func replays<Machine: WorkflowMachine>(_ id: String, _ machine: Machine.Type) async throws {
        let replayer = WorkflowReplayer<Machine>()
        let recorded = try await client.events(workflowID: id)
        let run = try replayer.replay(recorded)
        #expect(run.outgoing.isEmpty)
        try expectSameCommandsFromEveryPrefix(of: recorded, machine)
        try expectSameCommandsInParts(of: recorded, machine)
        let json = try await temporal("workflow", "show", "--workflow-id", id, "--output", "json")
        var events = try HistoryFile.events(json: Data(json.utf8))
        try await events.decode(with: client.codec)
        _ = try replayer.replay(events)
    }

    func replays(_ id: String) async throws { try await replays(id, KitchenSink.self) }

    // MARK: Programs

    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The official command line; its standard output, and an issue when it fails.
    func temporal(_ arguments: String..., mayFail: Bool = false) async throws -> String {
        try await temporal(arguments, mayFail: mayFail)
    }

    func temporal(_ arguments: [String], mayFail: Bool = false) async throws -> String {
        try await run(".venv/bin/temporal", arguments + ["--address", address], mayFail: mayFail)
    }

    func python(_ script: String, _ arguments: String...) async throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Python/\(script)").path
        return try await run(".venv/bin/python", [path, address, queue] + arguments, mayFail: false)
    }

    private func run(_ program: String, _ arguments: [String], mayFail: Bool) async throws -> String {
        let result = try await Subprocess.run(
            .path(.init(Self.package.appending(path: program).path)), arguments: .init(arguments),
            output: .string(limit: 64 << 20), error: .string(limit: 1 << 20))
        if !result.terminationStatus.isSuccess, !mayFail {
            Issue.record("\(program) \(arguments): \(result.standardError)")
        }
        return result.standardOutput + (mayFail ? result.standardError : "")
    }
}
