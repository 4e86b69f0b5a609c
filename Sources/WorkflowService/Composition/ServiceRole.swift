/// What a process does. Several of each run beside each other on one PostgreSQL, one Temporal cluster and one shared
/// data folder.
enum ServiceRole: String, CaseIterable, Sendable {
    /// Both, which the embedded mode needs.
    case all
    /// The HTTP API, and what looks after rows: the reconciler and the senders.
    case api
    /// Workflows and activities.
    case worker

    var servesAPI: Bool { self != .worker }
    var runsWorkers: Bool { self != .api }
}
