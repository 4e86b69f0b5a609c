package import JSON

/// What the workflow side must know of a catalogued activity before it runs: how to schedule it, how to check a call.
///
/// The table is code, not configuration, so that every process schedules alike.
package struct ActivityProfile: Sendable {
    package var name: String
    package var version: String
    package var summary: String
    package var pool: ActivityPool
    /// Bound on one attempt.
    package var timeout: Duration
    /// A worker that has been silent for so long is taken for dead, and the attempt goes to another.
    package var heartbeat: Duration
    /// Attempts in all, for failures that may pass and for lost workers.
    package var maximumAttempts: Int
    /// JSON Schema of the input.
    package var inputSchema: JSONValue

    package init(
        name: String, version: String = "1.0.0", summary: String, pool: ActivityPool = .standard,
        timeout: Duration = .seconds(60), heartbeat: Duration = .seconds(30), maximumAttempts: Int = 10,
        inputSchema: JSONValue
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.pool = pool
        self.timeout = timeout
        self.heartbeat = heartbeat
        self.maximumAttempts = maximumAttempts
        self.inputSchema = inputSchema
    }
}
