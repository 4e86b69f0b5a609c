import Foundation
import JSON
import NIOHTTP1
import Storage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What was accepted is done, whoever dies in between; and what was done is not done again.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct DurabilityTests {
    enum Victim: CaseIterable, Sendable {
        case service, temporal, both
    }

    /// In one life of a data folder: the waits for what the dead took along (an attempt's time limit) overlap.
    @Test func whateverIsKilledInTheMiddleOfRunsTheyComplete() async throws {
        try await RunningService.with { first in
            var service = first
            var ids: [String] = []
            for victim in Victim.allCases {
                let started = try await Self.startMany(8, service)
                try await Self.someAreDoneAndSomeOpen(started, service)
                ids += started
                let servers = service.temporalServers
                #expect(servers.count == 1)
                if victim != .service { for pid in servers { kill(pid, SIGKILL) } }
                guard victim != .temporal else { continue }
                service.process.send(SIGKILL)
                try await service.process.waitUntilEnded()
                service = try await RunningService.start(data: first.data)
                #expect(service.key == first.key && service.temporalServers.count == 1)
            }
            for id in ids {
                let answer = try await service.closed(id)
                #expect(answer.executionStatus == "completed", "\(answer)")
                #expect(answer["fallback_used"] == false, "\(answer)")
                #expect(try await service.temporalStatus(id) == "COMPLETED")
            }
            #expect(service.temporalServers.count == 1)
            try await Self.nothingAcknowledgedWasDoneAgain(ids, service)
            service.process.send(SIGTERM)
            #expect(try await service.process.waitUntilEnded() == 0)
            #expect(processes(with: first.data.path).isEmpty)
        }
    }

    private static func startMany(_ count: Int, _ service: RunningService) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<count {
                group.addTask {
                    let text =
                        "Report \(number) of Maria Keller, written on 5 October 2026 for Brightwater Logistics Ltd."
                    return try await service.execute(text: text, enhanced: true).id
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Returns in the middle: AI has answered for some of these, and some are open.
    private static func someAreDoneAndSomeOpen(_ ids: [String], _ service: RunningService) async throws {
        let database = try await service.openDatabase()
        try await eventually(timeout: .seconds(30), "AI answers are written down") {
            let rows = try await database.read {
                try $0.query("SELECT DISTINCT workflow_execution_id AS id FROM ai_usage_logs")
            }
            return try rows.count { ids.contains(try $0.get("id")) } >= 2
        }
        let open = try await database.read {
            try $0.query("SELECT id FROM workflow_executions WHERE completed_at IS NULL").count
        }
        try #require(open > 0, "all executions ended before the kill")
    }

    /// One processed document an execution; and no AI call for a step after Temporal had acknowledged its end.
    private static func nothingAcknowledgedWasDoneAgain(_ ids: [String], _ service: RunningService) async throws {
        let database = try await service.openDatabase()
        let documents = try await database.read {
            try $0.query("SELECT id FROM documents WHERE media_type = 'application/json'").count
        }
        #expect(documents == ids.count)

        let repeated: [(execution: String, activity: String, last: Date)] = try await database.read { connection in
            try connection.query(
                """
                SELECT workflow_execution_id, activity_id, max(created_at) AS last FROM ai_usage_logs
                GROUP BY workflow_execution_id, activity_id HAVING count(*) > 1
                """
            ).map { (try $0.get("workflow_execution_id"), try $0.get("activity_id"), try $0.get("last")) }
        }
        for (execution, activity, last) in repeated {
            let acknowledged = try #require(try await completion(of: activity, in: execution, service))
            #expect(last <= acknowledged, "\(execution): activity \(activity) ran again after its end was acknowledged")
        }
    }

    private static func completion(of activity: String, in execution: String, _ service: RunningService) async throws
        -> Date?
    {
        let events = try await service.temporalJSON("workflow", "show", "-w", execution)["events"]?.array ?? []
        // The ledger knows an activity by its run and number.
        let number = activity.split(separator: "/").last.map(String.init)
        let scheduled = try #require(
            events.first { event in
                let id = event["activityTaskScheduledEventAttributes"]?["activityId"]?.string
                return id != nil && id == number
            }
        )
        let completed = events.filter {
            $0["activityTaskCompletedEventAttributes"]?["scheduledEventId"] == scheduled["eventId"]
        }
        #expect(completed.count == 1)
        return completed.first?["eventTime"]?.string.flatMap {
            try? Date($0, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
        }
    }

    /// The start is promised, and answered in seconds, even to nobody: neither Temporal nor the AI provider is there.
    @Test func executionAcceptedWhileTemporalIsAwayCompletesLater() async throws {
        // A port where nothing listens.
        var environment = ScriptedAI.environment(port: 1)
        environment["AI_MODELS_ENTERPRISE"] = "openai/\(ScriptedAI.model)"
        try await RunningService.with(environment: environment) { service in
            let server = try #require(service.temporalServers.first)
            kill(server, SIGSTOP)
            let began = ContinuousClock.now
            let accepted = try await service.execute(text: "Written while nobody listened.", enhanced: true)
            #expect(began.duration(to: .now) < .seconds(8))
            #expect(accepted.status == 202 && accepted.executionStatus == "pending", "\(accepted)")
            #expect(accepted["temporal_run_id"] == .null)
            let health = try await service.send(.GET, "/health", key: nil)
            #expect(
                health.status == 503 && health["checks"]?["temporal:responseTime"]?[0]?["status"] == "fail", "\(health)"
            )
            #expect(health["checks"]?["database:responseTime"]?[0]?["status"] == "pass")

            kill(server, SIGKILL)
            let closed = try await service.closed(accepted.id)
            #expect(closed.executionStatus == "completed", "\(closed)")
            #expect(Set(closed.fallbackReasons.values) == ["unavailable"], "\(closed)")
            #expect(closed.result?["words"] == 4)
            #expect(try await service.temporalStatus(accepted.id) == "COMPLETED")
            #expect(try await service.get("/health").status == 200)
        }
    }

    @Test func restartKeepsKeyExecutionsAndDocuments() async throws {
        try await RunningService.with { service in
            let document = try await service.upload(Data("Kept.".utf8), "text/plain")
            let before = try await service.execute(document: document, enhanced: true, wait: 60)
            service.process.send(SIGTERM)
            #expect(try await service.process.waitUntilEnded() == 0)
            #expect(processes(with: service.data.path).isEmpty)

            let again = try await RunningService.start(data: service.data)
            #expect(again.key == service.key && again.temporalAddress == service.temporalAddress)
            let kept = try await again.get("/executions/\(before.id)")
            #expect(kept["output"] == before["output"] && kept["steps"] == before["steps"])
            let next = try await again.execute(document: document, wait: 60)
            #expect(next.executionStatus == "completed", "\(next)")
            let keyFile = try FileManager.default.attributesOfItem(
                atPath: service.data.appendingPathComponent("api-key").path)
            #expect(keyFile[.posixPermissions] as? Int == 0o600)
            again.process.send(SIGTERM)
            try await again.process.waitUntilEnded()
        }
    }
}
