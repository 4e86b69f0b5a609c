import Foundation
import JSON
import Logging
import Observability
import ServiceLifecycle
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExecutionLogWriterTests {
    /// A database that is away for as long as a test wants.
    private final class Flickering: Database {
        let real: any Database
        let isAway = Mutex(false)
        let refused = Mutex(0)
        var dialect: Dialect { real.dialect }
        func notifications() -> AsyncStream<DatabaseNotification> { real.notifications() }

        init(_ real: any Database) { self.real = real }

        func read<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws
            -> Result
        { try await real.read(body) }

        func write<Result: Sendable>(
            _ body: @escaping @Sendable (any Connection) throws -> Result
        ) async throws -> Result {
            if isAway.withLock({ $0 }) {
                refused.withLock { $0 += 1 }
                throw StorageError(.unavailable, "away")
            }
            return try await real.write(body)
        }
    }

    private func quiet() -> ServiceLog {
        ServiceLog(.init(level: .critical, format: .json), descriptor: -1, redactor: Redactor())
    }

    private func execution(in database: any Database, tenant: UUID) async throws -> UUID {
        let definition = try await DefinitionStore(database).upsert(
            StoredDefinition(
                name: "t", description: "", category: "c", version: "1.0.0", definition: [:], enhancementPoints: [],
                source: "s", tenantID: .zero, createdBy: UUID())
        ).id
        return try await ExecutionStore(database).insert(
            NewExecution(tenantID: tenant, definitionID: definition, input: [:], aiEnhanced: false)
        ).execution.id
    }

    private func log(_ text: String, of id: UUID, with logger: Logger) async {
        await Correlation.with {
            $0.execution = id
            $0.run = "r"
        } _: {
            logger.info("\(text)", metadata: ["a": "b"])
        }
    }

    @Test func linesOutliveADatabaseThatIsAwayAndAProcessThatEnds() async throws {
        let database = try SQLiteDatabase.inMemory()
        try await Migrator().migrate(database)
        let flickering = Flickering(database)
        let log = quiet()
        let logger = log.logger(label: "x")
        let tenant = UUID()
        let id = try await execution(in: database, tenant: tenant)
        let store = ExecutionLogStore(database)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: ExecutionLogWriter(
                            log: log, store: ExecutionLogStore(flickering), logger: logger))
                ], logger: logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            await self.log("first", of: id, with: logger)
            await self.log("of an execution that is not there", of: UUID(), with: logger)
            try await eventually { try await store.list(execution: id, tenant: tenant, limit: 10).count == 1 }
            flickering.isAway.withLock { $0 = true }
            await self.log("second", of: id, with: logger)
            try await eventually { flickering.refused.withLock { $0 } > 0 }
            flickering.isAway.withLock { $0 = false }
            await self.log("third", of: id, with: logger)
            // The end does not wait for the next second.
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let lines = try await store.list(execution: id, tenant: tenant, limit: 10)
        #expect(lines.map(\.message) == ["first", "second", "third"])
        #expect(lines.first?.fields == ["run": "r", "a": "b"])
        #expect(lines.first?.level == Logger.Level.info.rank)
        #expect(try await store.list(execution: id, tenant: UUID(), limit: 10).isEmpty)
    }
}
