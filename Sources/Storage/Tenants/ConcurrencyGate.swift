import Foundation

/// Keeps a tenant within its number of open executions.
///
/// 1. `enter`, in the transaction that is to insert the row: the tenant's inserts queue behind each other until they commit,
///    so that the count is exact on every database.
/// 2. The insert.
/// 3. `admit`, with what `open` counts then: what it throws rolls the row back.
enum ConcurrencyGate {
    static func enter(_ tenant: UUID, in connection: any Connection) throws {
        try connection.lock("executions/\(tenant.text)")
    }

    /// How many executions of a tenant are open, as a number in a query; of two values, the tenant and how far to count.
    static let open = """
        (SELECT COUNT(*) FROM (SELECT 1 AS one FROM workflow_executions
            WHERE tenant_id = ? AND status IN ('pending', 'running') LIMIT ?) AS counted)
        """

    /// Throws `limitExceeded`.
    static func admit(open: Int, limit: Int) throws(StorageError) {
        guard open <= limit else {
            throw StorageError(
                .limitExceeded, "\(limit) executions of this tenant are open, which is as many as it may have.")
        }
    }
}
