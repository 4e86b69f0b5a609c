package import Foundation

/// Keeps a tenant within its number of open executions.
package enum ConcurrencyGate {
    /// Call it in the transaction that inserted the row, after the insert; what it throws rolls the row back.
    ///
    /// The tenant's inserts queue behind each other until they commit, so that the count is exact on every database.
    /// Throws `limitExceeded`.
    package static func admit(_ tenant: UUID, limit: Int, in connection: any Connection) throws {
        let open = try TenantStore.openExecutions(tenant, atMost: limit + 1, connection)
        guard open <= limit else {
            throw StorageError(
                .limitExceeded, "\(limit) executions of this tenant are open, which is as many as it may have.")
        }
    }

    /// Call it before the insert.
    package static func enter(_ tenant: UUID, in connection: any Connection) throws {
        try connection.lock("executions/\(tenant.text)")
    }
}
