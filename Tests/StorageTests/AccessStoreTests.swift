import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct APIKeyStoreTests {
    private func withKeys(
        _ backend: Backend, _ body: (APIKeyStore, Tenant, any Database) async throws -> Void
    ) async throws {
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "acme", tier: .basic, now: .at(0))
            try await body(APIKeyStore(database), tenant, database)
        }
    }

    @Test(arguments: Backend.allCases)
    func scopesNarrowTheRoleAndNeverWidenIt(_ backend: Backend) async throws {
        try await withKeys(backend) { keys, tenant, _ in
            let narrow = NewAPIKey(name: "n", role: .viewer, scopes: [.executionsRead, .keysWrite])
            let (key, record) = try await keys.create(tenant: tenant.id, narrow, now: .at(0))
            #expect(try await keys.authenticate(key)?.scopes == [.executionsRead])
            #expect(try await keys.list(tenant: tenant.id).keys == [record] && record.scopes == narrow.scopes)
            let (other, _) = try await keys.create(tenant: tenant.id, NewAPIKey(name: "o", role: .operator))
            #expect(try await keys.authenticate(other)?.scopes == Role.operator.scopes)
        }
    }

    @Test(arguments: Backend.allCases)
    func anExpiredKeyIsNone(_ backend: Backend) async throws {
        try await withKeys(backend) { keys, tenant, _ in
            let new = NewAPIKey(name: "short", expiresAt: .at(10))
            let (key, _) = try await keys.create(tenant: tenant.id, new, now: .at(0))
            #expect(try await keys.authenticate(key, now: .at(9.9)) != nil)
            #expect(try await keys.authenticate(key, now: .at(10)) == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func rotationKeepsPrincipalAndRightsAndEndsTheOldKeyAfterTheOverlap(_ backend: Backend) async throws {
        try await withKeys(backend) { keys, tenant, database in
            let new = NewAPIKey(name: "ci", role: .author, scopes: [.executionsStart], expiresAt: .at(1_000))
            let (old, record) = try await keys.create(tenant: tenant.id, new, now: .at(0))
            #expect(try await keys.rotate(record.id, tenant: UUID(), overlap: 60, by: .service, now: .at(100)) == nil)
            let rotated = try #require(
                try await keys.rotate(record.id, tenant: tenant.id, overlap: 60, by: .service, now: .at(100)))
            #expect(rotated.record.principalID == record.principalID && rotated.record.name == "ci")
            #expect(rotated.record.effectiveScopes == record.effectiveScopes)
            #expect(rotated.record.expiresAt == .at(1_100) && rotated.old.expiresAt == .at(160))
            #expect(try await keys.authenticate(old, now: .at(159)) != nil)
            #expect(try await keys.authenticate(old, now: .at(160)) == nil)
            #expect(try await keys.authenticate(rotated.key, now: .at(500))?.id == record.principalID)
            // An overlap never prolongs.
            let short = try await keys.create(tenant: tenant.id, NewAPIKey(name: "s", expiresAt: .at(20)), now: .at(0))
            let again = try await keys.rotate(
                short.record.id, tenant: tenant.id, overlap: 60, by: .service, now: .at(5))
            #expect(again?.old.expiresAt == .at(20))
            #expect(
                try await keys.rotate(record.id, tenant: tenant.id, overlap: 60, by: .service, now: .at(161)) == nil)
            let actions = try await AuditLog(database).list(tenant: tenant.id).entries.map(\.action)
            #expect(actions.filter { $0 == .keyRotated }.count == 2)
        }
    }

    @Test(arguments: Backend.allCases)
    func usesNeverMoveBack(_ backend: Backend) async throws {
        try await withKeys(backend) { keys, tenant, _ in
            let id = try await keys.create(tenant: tenant.id, name: "k").record.id
            try await keys.recordUses([id: .at(50), UUID(): .at(60)])
            try await keys.recordUses([id: .at(40)])
            #expect(try await keys.list(tenant: tenant.id).keys.map(\.lastUsedAt) == [.at(50)])
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct TenantChangeTests {
    private let actor = AuditActor(tenantID: nil, principalID: nil, name: "operator")

    @Test(arguments: Backend.allCases)
    func changesAreMergedAndRemembered(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenants = TenantStore(database)
            let tenant = try await tenants.create(name: "acme", tier: .basic, limits: ["requests_per_minute": 7])
            #expect(tenant.limits.requestsPerMinute == 7)
            var change = TenantStore.Change()
            change.tier = .premium
            change.limits = ["requests_per_minute": .null, "concurrent_executions": 3]
            change.isSuspended = true
            let changed = try #require(try await tenants.change(tenant.id, change, by: actor, now: .at(5)))
            #expect(changed == (try await tenants.get(tenant.id)) && changed.status == .suspended)
            #expect(changed.limits.concurrentExecutions == 3)
            #expect(changed.limits.requestsPerMinute == TenantLimits.defaults(of: .premium).requestsPerMinute)
            change = TenantStore.Change()
            change.isSuspended = false
            #expect(try await tenants.change(tenant.id, change, by: actor)?.status == .active)
            #expect(try await tenants.change(UUID(), change, by: actor) == nil)
            let actions = try await AuditLog(database).list(tenant: tenant.id).entries.map(\.action)
            #expect(Set(actions) == [.tenantCreated, .tenantChanged, .tenantSuspended, .tenantResumed])
        }
    }

    @Test(
        arguments: [
            ["requests": 1], ["requests_per_minute": 0], ["requests_per_minute": "many"], ["document_bytes": -1],
            ["concurrent_executions": 1.5],
        ] as [JSONObject])
    func limitsOutOfRangeAreRefused(_ limits: JSONObject) async throws {
        try await Backend.memory.with { database in
            let code = await storageError {
                _ = try await TenantStore(database).create(name: "a", tier: .basic, limits: limits)
            }
            #expect(code == .constraint)
        }
    }

    @Test(arguments: Backend.allCases)
    func concurrencyLimitIsExactUnderConcurrency(_ backend: Backend) async throws {
        try await backend.with { database in
            let (tenant, definition) = (UUID(), try await database.insertedDefinition())
            let limit = 5
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            var new = NewExecution(
                                tenantID: tenant, definitionID: definition, input: [:], aiEnhanced: false)
                            new.openLimit = limit
                            _ = try await ExecutionStore(database).insert(new)
                            return true
                        } catch { return (error as? StorageError)?.code != .limitExceeded }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == limit)
            #expect(try await TenantStore(database).openExecutions(tenant) == limit)
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct SecretStoreTests {
    private let actor = AuditActor(tenantID: nil, principalID: UUID(), name: "key")

    private func withSecrets(
        _ backend: Backend, _ body: (SecretStore, UUID, any Database, SecretBox) async throws -> Void
    ) async throws {
        let box = try SecretBox(parsing: SecretBox.makeKeyLine(id: "k1"))
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "acme", tier: .basic)
            try await body(SecretStore(database, box: box), tenant.id, database, box)
        }
    }

    @Test(arguments: Backend.allCases)
    func valuesAreReplacedAndNeverInTheDatabase(_ backend: Backend) async throws {
        try await withSecrets(backend) { secrets, tenant, database, _ in
            #expect(try await secrets.put("token", value: "first-value", tenant: tenant, by: actor, now: .at(0)))
            #expect(try await !secrets.put("token", value: "second-value", tenant: tenant, by: actor, now: .at(9)))
            #expect(try await secrets.values(of: ["token", "none"], tenant: tenant) == ["token": "second-value"])
            #expect(try await secrets.values(of: ["token"], tenant: UUID()) == [:])
            let listed = try await secrets.list(tenant: tenant)
            #expect(listed.map(\.name) == ["token"] && listed.map(\.updatedAt) == [.at(9)])
            let rows = try await database.read {
                try $0.query("SELECT * FROM secrets") + $0.query("SELECT * FROM audit_log")
            }
            for row in rows {
                for case .blob(let bytes) in row.values {
                    #expect(!String(decoding: bytes, as: UTF8.self).contains("value"))
                }
            }
            #expect(!"\(rows)".contains("-value"))
            #expect(try await !secrets.delete("token", tenant: UUID(), by: actor))
            #expect(try await secrets.delete("token", tenant: tenant, by: actor))
            #expect(try await secrets.list(tenant: tenant).isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func aRowMovedToAnotherNameOrTenantDoesNotOpen(_ backend: Backend) async throws {
        try await withSecrets(backend) { secrets, tenant, database, _ in
            _ = try await secrets.put("token", value: "first-value", tenant: tenant, by: actor)
            try await database.write { try $0.execute("UPDATE secrets SET name = ?", ["other"]) }
            #expect(await storageError { _ = try await secrets.values(of: ["other"], tenant: tenant) } == .corrupt)
        }
    }

    /// What is shorter could be kept out of no log.
    @Test(arguments: [("12345", false), ("123456", true), (String(repeating: "a", count: 65_537), false)])
    func valueHasAsManyBytesAsCanBeMasked(_ value: String, _ isTaken: Bool) async throws {
        try await withSecrets(.memory) { secrets, tenant, _, _ in
            do {
                _ = try await secrets.put("token", value: value, tenant: tenant, by: actor)
                #expect(isTaken)
            } catch let error as StorageError {
                #expect(!isTaken && error.code == .constraint && error.message.contains("6 to 65536 bytes"))
            }
        }
    }

    @Test(arguments: ["", "1a", "a b", "a/b", "é", String(repeating: "a", count: 129)])
    func namesThatNoExpressionCanSayAreRefused(_ name: String) async throws {
        #expect(!SecretStore.isName(name))
        try await withSecrets(.memory) { secrets, tenant, _, _ in
            let code = await storageError { _ = try await secrets.put(name, value: "value", tenant: tenant, by: actor) }
            #expect(code == .constraint)
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct TenantTableTests {
    /// A table that is added later cannot be forgotten: neither its rows in an export, nor in an erasure.
    @Test func everyTableWithATenantIsKnown() async throws {
        try await Backend.memory.with { database in
            let found = try await database.read { connection in
                try connection.query(
                    """
                    SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                    WHERE m.type = 'table' AND c.name = 'tenant_id'
                    """
                ).map { try $0.get("name", as: String.self) }
            }
            #expect(Set(TenantTable.all.map(\.name)) == Set(found).union(["webhook_attempts"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func erasingLeavesOthersAndATombstone(_ backend: Backend) async throws {
        try await backend.with { database in
            let (tenants, erasure) = (TenantStore(database), TenantErasure(database))
            let gone = try await tenants.create(name: "gone", tier: .basic)
            let kept = try await tenants.create(name: "kept", tier: .basic)
            let definition = try await database.insertedDefinition()
            for tenant in [gone, kept] {
                _ = try await APIKeyStore(database).create(tenant: tenant.id, name: "k")
                for _ in 0..<3 { _ = try await database.accepted(tenant.id, definition: definition) }
            }
            let actor = AuditActor(tenantID: nil, principalID: nil, name: "operator", requestID: "r9")
            #expect(try await erasure.begin(UUID(), by: actor) == nil)
            let begun = try #require(try await erasure.begin(gone.id, by: actor, now: .at(0)))
            #expect(begun.status == .erasing && begun.erasingAt == .at(0))
            #expect(try await erasure.begin(gone.id, by: actor, now: .at(9))?.erasingAt == .at(0))
            #expect(try await erasure.pending() == [begun])
            #expect(try await !erasure.finish(begun), "rows are left")
            let executions = try await erasure.executions(of: gone.id)
            #expect(executions.count == 3)
            try await erasure.delete(executions: executions.map(\.id), of: gone.id)
            #expect(try await erasure.deleteRows(of: gone.id) > 0)
            #expect(try await erasure.deleteRows(of: gone.id) == 0)
            #expect(try await erasure.finish(begun, now: .at(20)))
            #expect(try await tenants.list().map(\.id) == [kept.id])
            #expect(try await APIKeyStore(database).list(tenant: kept.id).keys.count == 1)
            #expect(try await erasure.executions(of: kept.id).count == 3)
            let log = try await AuditLog(database).list(forOperatorOf: gone.id).entries
            #expect(log.map(\.action) == [.tenantErased] && log.first?.actor.name == "operator")
            #expect(log.first?.actor.requestID == "r9" && log.first?.tenantID == nil)
            #expect(
                try await AuditLog(database).list(forOperatorOf: kept.id).entries.map(\.action).contains(.tenantCreated)
            )
        }
    }
}
