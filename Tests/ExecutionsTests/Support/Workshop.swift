import Executions
import Foundation
import JSON
import Logging
import ServiceLifecycle
import Storage
import Synchronization
import Templates
import Temporal
import TestSupport
import Testing
import Worker
import WorkflowDefinition

/// The rooms under the API put together, on a database of their own and the suite's Temporal server.
struct Workshop: Sendable {
    let database: any Database
    let store: ExecutionStore
    let archive: HistoryArchive
    let temporal: TemporalClient
    let executions: ExecutionService
    let closer: ExecutionCloser
    let updates: LiveUpdates
    let caller: Principal
    let queue: String
    let gate: Gate

    var tenant: UUID { caller.tenant.id }

    struct Options: Sendable {
        /// Without it a worker dies before it writes the end of each run.
        var closes = true
        var reconciles = false
        var codec: any PayloadCodec = IdentityPayloadCodec()
        /// Of the closer.
        var logger = Workshop.quiet
    }

    static func with(
        _ options: Options = .init(), _ body: @Sendable @escaping (Workshop) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let server = try TemporalServer.current
            let database = try await makeTestDatabase()
            let address = try #require(TemporalConnection.Configuration.Address(server.address))
            var configuration = TemporalConnection.Configuration()
            configuration.address = address
            configuration.namespace = server.namespace
            let connection = try TemporalConnection(configuration)
            let temporal = TemporalClient(connection, codec: options.codec)
            let store = ExecutionStore(database)
            let tenants = TenantStore(database)
            let archive = try HistoryArchive(folder: folder.appendingPathComponent("histories"))
            let closer = ExecutionCloser(
                executions: store, archive: archive, temporal: temporal, logger: options.logger)
            let waiters = ExecutionWaiters(database)
            let queue = "queue-\(UUID().text)"
            let executions = ExecutionService(
                store: store, usage: AIUsageStore(database), archive: archive, tenants: tenants,
                templates: TemplateRegistry(store: DefinitionStore(database), catalog: .standard), temporal: temporal,
                closer: closer, waiters: waiters, taskQueue: queue, logger: quiet)
            let tenant = try await tenants.create(name: "tester", tier: .enterprise)
            let updates = LiveUpdates(executions: executions)
            let gate = Gate()
            let workshop = Workshop(
                database: database, store: store, archive: archive, temporal: temporal, executions: executions,
                closer: closer, updates: updates,
                caller: Principal(tenant: tenant, id: UUID(), scopes: Role.admin.scopes, name: "test"), queue: queue,
                gate: gate)
            var services: [any Service] = [connection, waiters, updates]
            services.append(
                WorkflowWorker(
                    DefinitionMachine.self, client: temporal,
                    configuration: WorkflowWorkerConfiguration(taskQueue: queue), logger: quiet,
                    onClosed: { if options.closes { await closer.close($0) } }))
            let resolver = TemplateResolver(executions: executions)
            services.append(
                ActivityWorker(
                    client: temporal, configuration: ActivityWorkerConfiguration(taskQueue: queue), logger: quiet,
                    activities: [
                        "echo": { $0.input.first },
                        "gated": { task in
                            try await gate.pass()
                            return task.input.first
                        },
                        "failing": { _ in throw Failure.application("no", type: "Broken", nonRetryable: true) },
                        DefinitionMachine.resolveActivity: resolver.resolve,
                    ]))
            if options.reconciles {
                services.append(
                    Reconciler(
                        executions: executions, closer: closer, leases: LeaseStore(database), interval: .seconds(1),
                        logger: quiet))
            }
            let group = ServiceGroup(
                configuration: .init(services: services.map { .init(service: $0) }, logger: quiet))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let result: Result<Void, any Error>
                do {
                    try await body(workshop)
                    result = .success(())
                } catch {
                    result = .failure(error)
                }
                gate.open(1000)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                try result.get()
            }
        }
    }

    /// Makes a template of these tasks; `QUEUE` stands for the workers' queue.
    func template(_ name: String, _ tasks: String, version: String = "1.0.0") async throws {
        let source = """
            document: { dsl: '1.0.3', namespace: tests, name: \(name), version: '\(version)' }
            do:
            \(tasks.replacing("QUEUE", with: queue))
            """
        let template = try WorkflowTemplate(id: UUID(), tenantID: .zero, source: source, catalog: .standard)
        _ = try await DefinitionStore(database).upsert(
            StoredDefinition(
                name: name, description: "", category: "tests", version: version,
                definition: template.definition.source, enhancementPoints: [], source: source, tenantID: .zero,
                createdBy: .zero))
    }

    func start(_ name: String, input: JSONValue = [:], _ change: (inout ExecuteRequest) -> Void = { _ in })
        async throws -> UUID
    {
        var request = ExecuteRequest(template: name, input: input, aiEnhanced: false)
        change(&request)
        return try await executions.start(request, for: caller).id
    }

    func closed(_ id: UUID) async throws -> ExecutionDetails {
        let details = try await executions.wait(for: id, of: tenant, atMost: .seconds(40))
        try #require(!details.row.status.isOpen, "\(details.row.status) \(details.steps)")
        return details
    }

    /// Until the row says so.
    func status(_ id: UUID, becomes status: ExecutionStatus, within limit: Duration) async throws {
        try await eventually(timeout: limit, "the execution is \(status)") {
            try await store.get(id)?.status == status
        }
    }

    static let quiet = Logger(label: "workshop") { _ in SwiftLogNoOpLogHandler() }
}

/// Holds activities up until the test lets them pass.
final class Gate: Sendable {
    private struct State {
        var permits = 0
        var arrived = 0
    }
    private let state = Mutex(State())

    /// How many activities have come to it.
    var arrived: Int { state.withLock { $0.arrived } }

    func open(_ count: Int = 1) { state.withLock { $0.permits += count } }

    func pass() async throws {
        state.withLock { $0.arrived += 1 }
        while true {
            let mayPass = state.withLock { state in
                guard state.permits > 0 else { return false }
                state.permits -= 1
                return true
            }
            if mayPass { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func arrival(_ count: Int) async throws {
        try await eventually(timeout: .seconds(30), "activity \(count) has begun") { self.arrived >= count }
    }
}

/// The code of the ExecutionError that `body` throws; nil records an issue.
func executionError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> ExecutionError.Code? {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as ExecutionError {
        return error.code
    } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
    }
    return nil
}
