import Activities
import HTTPAPI
import Storage
import Temporal
import Worker

/// What `GET /workflows/health` looks at: the database, Temporal, and somebody polling each task queue.
func healthChecks(database: any Database, temporal: TemporalClient, taskQueue: String) -> [HealthCheck] {
    [
        HealthCheck("database") {
            _ = try await database.read { try $0.query("SELECT 1 AS one") }
            return database.dialect.rawValue
        },
        HealthCheck("temporal") {
            let info = try await temporal.systemInfo()
            return "server \(info.serverVersion)"
        },
        HealthCheck("workers") {
            var idle: [String] = []
            if try await temporal.describeTaskQueue(taskQueue, kind: .workflow).pollers.isEmpty {
                idle.append("\(taskQueue) (workflows)")
            }
            for pool in ActivityPool.allCases {
                let queue = pool.taskQueue(of: taskQueue)
                if try await temporal.describeTaskQueue(queue, kind: .activity).pollers.isEmpty { idle.append(queue) }
            }
            guard idle.isEmpty else { throw StartupError("nobody polls \(idle.joined(separator: ", "))") }
            return "every task queue is polled"
        },
    ]
}
