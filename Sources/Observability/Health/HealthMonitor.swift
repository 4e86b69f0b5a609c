import Foundation
package import JSON
import Storage
import Synchronization

/// How the process is doing: its checks, run at most once a second however many ask.
package final class HealthMonitor: Sendable {
    struct Observation: Sendable {
        let check: HealthCheck
        let status: HealthStatus
        let milliseconds: Double
        let output: String
        let time: Date
    }

    package struct Report: Sendable {
        package let status: HealthStatus
        let observations: [Observation]
    }

    private let checks: [HealthCheck]
    private let version: String
    private let serviceID: String
    private let latest = Mutex<(begun: ContinuousClock.Instant, report: Task<Report, Never>)?>(nil)

    private static let patience = Duration.seconds(3)
    private static let keeps = Duration.seconds(1)

    /// - Parameter serviceID: names this process among its likes.
    package init(_ checks: [HealthCheck], version: String, serviceID: String = UUID().text) {
        self.checks = checks
        self.version = version
        self.serviceID = serviceID
    }

    /// Probes that come while a check runs, or within a second of its begin, share it.
    package func report() async -> Report {
        let now = ContinuousClock.now
        let task = latest.withLock { latest in
            if let latest, now - latest.begun < Self.keeps { return latest.report }
            // A task of its own: a probe that gives up takes nobody else's answer away. Bounded by `patience`.
            let task = Task { [checks] in await Self.run(checks) }
            latest = (now, task)
            return task
        }
        return await task.value
    }

    /// `application/health+json`.
    ///
    /// - Parameter withDetails: what the checks say and measured; for callers with a key.
    package func document(_ report: Report, withDetails: Bool) -> JSONValue {
        var checks = JSONObject()
        for observation in report.observations {
            var entry = JSONObject()
            entry["componentType"] = .string(observation.check.type.rawValue)
            entry["status"] = .string(observation.status.rawValue)
            entry["time"] = .string(LogTime.text(observation.time))
            if withDetails {
                entry["observedValue"] = .number((observation.milliseconds * 100).rounded() / 100)
                entry["observedUnit"] = "ms"
                entry["output"] = .string(Redactor.shared.redact(observation.output))
            }
            checks["\(observation.check.name):responseTime"] = .array([.object(entry)])
        }
        return document(report.status, checks)
    }

    /// That the process runs, whatever else does not.
    package var alive: JSONValue { document(.pass, nil) }

    /// Whether requests are welcome, without saying why not.
    package func readiness(_ status: HealthStatus) -> JSONValue { document(status, nil) }

    private func document(_ status: HealthStatus, _ checks: JSONObject?) -> JSONValue {
        var document = JSONObject()
        document["status"] = .string(status.rawValue)
        document["version"] = "1"
        document["releaseId"] = .string(version)
        document["serviceId"] = .string(serviceID)
        document["description"] = "Workflow Service"
        document["checks"] = checks.map { .object($0) }
        return .object(document)
    }

    private static func run(_ checks: [HealthCheck]) async -> Report {
        let observations = await withTaskGroup { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await run(check)) } }
            var results: [(Int, Observation)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return Report(status: observations.map(\.status).max() ?? .pass, observations: observations)
    }

    private static func run(_ check: HealthCheck) async -> Observation {
        let begin = ContinuousClock.now
        func observed(_ status: HealthStatus, _ output: String) -> Observation {
            let milliseconds = (ContinuousClock.now - begin) / .milliseconds(1)
            return Observation(check: check, status: status, milliseconds: milliseconds, output: output, time: Date())
        }
        do {
            return observed(.pass, try await within(patience, else: NoAnswer(), check.check))
        } catch {
            return observed(check.isRequired ? .fail : .warn, "\(error)")
        }
    }

    private struct NoAnswer: Error, CustomStringConvertible {
        var description: String { "no answer within \(patience)" }
    }
}
