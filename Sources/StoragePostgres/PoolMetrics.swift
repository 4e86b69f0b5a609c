import Metrics

/// The pool in figures: `database_connections` by state, and how often a caller had to wait for one.
struct PoolMetrics: Sendable {
    private let inUse = Gauge(label: "database_connections", dimensions: [("state", "in_use")])
    private let idle = Gauge(label: "database_connections", dimensions: [("state", "idle")])
    private let waits = Counter(label: "database_connection_waits")

    func record(_ counts: (inUse: Int, idle: Int, waiting: Int)) {
        inUse.record(counts.inUse)
        idle.record(counts.idle)
    }

    func waited() { waits.increment() }
}
