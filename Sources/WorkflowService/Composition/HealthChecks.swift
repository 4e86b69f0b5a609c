import Activities
import Observability
import Storage
import Temporal
import Worker

/// What `GET /workflows/health` of an API process looks at: also that somebody polls each task queue.
func apiHealthChecks(_ stores: Stores, _ temporal: TemporalSide, taskQueue: String) -> [HealthCheck] {
    let client = temporal.client
    return workerHealthChecks(stores, temporal) + [
        HealthCheck("workers", .component, isRequired: false) {
            var idle: [String] = []
            if try await client.describeTaskQueue(taskQueue, kind: .workflow).pollers.isEmpty {
                idle.append("\(taskQueue) (workflows)")
            }
            for pool in ActivityPool.allCases {
                let queue = pool.taskQueue(of: taskQueue)
                if try await client.describeTaskQueue(queue, kind: .activity).pollers.isEmpty { idle.append(queue) }
            }
            guard idle.isEmpty else { throw StartupError("nobody polls \(idle.joined(separator: ", "))") }
            return "every task queue is polled"
        }
    ]
}

/// What a worker process needs to work: the database and Temporal.
func workerHealthChecks(_ stores: Stores, _ temporal: TemporalSide) -> [HealthCheck] {
    let (database, client) = (stores.database, temporal.client)
    return [
        HealthCheck("database", .datastore) {
            _ = try await database.read { try $0.query("SELECT 1 AS one") }
            return database.dialect.rawValue
        },
        HealthCheck("temporal", .component) {
            let info = try await client.systemInfo()
            return "server \(info.serverVersion)"
        },
    ]
}
