package import Storage

extension Correlation {
    /// The work is an execution's, and goes on in the trace of the request that asked for it.
    package mutating func takeOn(_ row: ExecutionSummary) {
        tenant = row.tenantID
        execution = row.id
        run = run ?? row.latestRunID
        request = row.requestID
        trace = row.traceParent.flatMap { TraceContext(header: $0) }
    }
}
