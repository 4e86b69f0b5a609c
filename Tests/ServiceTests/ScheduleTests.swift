import Foundation
import JSON
import NIOHTTP1
import StorageSQLite
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension RunningService {
    /// Of document-processing on an inline text.
    func makeSchedule(
        _ name: String, spec: String = #"{"intervals": [{"every_seconds": 1}]}"#, more: String = "", key: String? = nil
    ) async throws -> Answer {
        let content = Data("Read again and again.".utf8).base64EncodedString()
        return try await post(
            "/schedules",
            """
            {"name": "\(name)", "template": "document-processing", "spec": \(spec),
             "input": {"document": {"content_base64": "\(content)", "media_type": "text/plain"}}\(more)}
            """, key: key)
    }

    fileprivate func schedule(_ name: String, key: String? = nil) async throws -> Answer {
        try await get("/schedules/\(name)", key: key)
    }

    /// The runs that have ended well.
    fileprivate func completedRuns(_ name: String, key: String? = nil) async throws -> Int {
        (try await schedule(name, key: key)["recent_runs"]?.array ?? []).count { $0["status"] == "completed" }
    }
}

extension SharedService {
    @Suite struct ScheduleTests {
        @Test func scheduleRunsPausesResumesRunsNowAndGoes() async throws {
            let service = try service
            let key = try SharedService.current.basic.key
            let made = try await service.makeSchedule("each-second", more: #", "tags": ["often"]"#, key: key)
            #expect(made.status == 201 && made["status"] == "active" && made["paused"] == false, "\(made)")
            #expect(made.headers.first(name: "Location") == "/workflows/schedules/each-second")
            #expect(made["next_runs"]?.array?.isEmpty == false, "\(made)")
            try await eventually(timeout: .seconds(60), every: .milliseconds(300), "it runs") {
                try await service.completedRuns("each-second", key: key) >= 2
            }
            let runs = try await service.schedule("each-second", key: key)["recent_runs"]?.array ?? []
            let run = try #require(runs.first { $0["status"] == "completed" })
            try #require(run["execution_id"]?.string != nil, "\(run)")
            let execution = try await service.get("/executions/\(run["execution_id"]?.string ?? "none")", key: key)
            #expect(execution.executionStatus == "completed" && execution.result?["words"] == 4, "\(execution)")
            #expect(execution["temporal_workflow_id"] == run["temporal_workflow_id"])
            #expect(execution["tags"] == ["often"], "\(execution)")

            let paused = try await service.post("/schedules/each-second/pause", #"{"note": "holidays"}"#, key: key)
            #expect(paused.status == 200 && paused["paused"] == true && paused["note"] == "holidays", "\(paused)")
            #expect(paused["next_runs"] == [])
            // What was begun ends; nothing begins.
            try await Task.sleep(for: .seconds(1))
            let before = try await service.schedule("each-second", key: key)["started_runs"]
            try await Task.sleep(for: .seconds(2))
            #expect(try await service.schedule("each-second", key: key)["started_runs"] == before)

            let now = try await service.post("/schedules/each-second/run", "", type: nil, key: key)
            #expect(now.status == 202, "\(now)")
            try await eventually(timeout: .seconds(30), every: .milliseconds(200), "it runs now") {
                try await service.schedule("each-second", key: key)["started_runs"]?.integer ?? 0
                    == (before?.integer ?? 0) + 1
            }
            let resumed = try await service.post("/schedules/each-second/resume", "", type: nil, key: key)
            #expect(resumed.status == 200 && resumed["paused"] == false, "\(resumed)")
            try await eventually(timeout: .seconds(30), every: .milliseconds(200), "it goes on") {
                try await service.schedule("each-second", key: key)["started_runs"]?.integer ?? 0
                    >= (before?.integer ?? 0) + 3
            }

            let deleted = try await service.send(.DELETE, "/schedules/each-second", key: key)
            #expect(deleted.status == 204)
            #expect(try await service.schedule("each-second", key: key).status == 404)
            let left = try await service.temporal(["schedule", "list", "-o", "json"])
            #expect(!left.output.contains(made.id), "\(left)")
            // Its name is free, its executions stay.
            #expect(try await service.get("/executions/\(execution.id)", key: key).status == 200)
            let again = try await service.makeSchedule("each-second", more: #", "paused": true"#, key: key)
            #expect(again.status == 201 && again["paused"] == true && again.id != made.id, "\(again)")
            #expect(try await service.send(.DELETE, "/schedules/each-second", key: key).status == 204)
        }

        @Test func scheduleIsChangedAndKeepsWhatIsNotGiven() async throws {
            let service = try service
            let made = try await service.makeSchedule(
                "changing", spec: #"{"cron": "30 2 * * 1-5", "time_zone": "Europe/Berlin"}"#,
                more: #", "paused": true, "max_runs": 5, "policy": {"overlap": "buffer_one"}"#)
            #expect(made.status == 201 && made["spec"]?["cron"] == ["30 2 * * 1-5"], "\(made)")
            #expect(made["remaining_runs"] == 5 && made["policy"]?["overlap"] == "buffer_one")
            let changed = try await service.patch(
                "/schedules/changing", #"{"spec": {"cron": ["0 12 * * *"]}, "tags": ["t"], "version": "1.0.0"}"#)
            #expect(changed.status == 200 && changed["spec"]?["cron"] == ["0 12 * * *"], "\(changed)")
            #expect(changed["spec"]?["time_zone"] == "UTC" && changed["policy"] == made["policy"])
            #expect(changed["tags"] == ["t"] && changed["input"] == made["input"] && changed["version"] == "1.0.0")
            #expect(changed["status"] == "active" && changed["paused"] == true)
            _ = try await service.post("/schedules/changing/resume", "", type: nil)
            try await eventually(timeout: .seconds(10)) {
                let next = try await service.schedule("changing")["next_runs"]?.array ?? []
                return next.count > 2 && next.allSatisfy { $0.string?.contains("T12:00:00.000Z") == true }
            }
            #expect(try await service.makeSchedule("changing").status == 409)
            let list = try await service.get("/schedules?limit=1")
            #expect(list["schedules"]?.array?.count == 1, "\(list)")

            // Another tenant's is not there.
            let other = try SharedService.current.basic.key
            for (method, path) in [
                ("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/run"),
            ] {
                let answer = try await service.send(.init(rawValue: method), "/schedules/changing\(path)", key: other)
                #expect(answer.status == 404, "\(method) \(path): \(answer)")
            }
            #expect(try await service.patch("/schedules/changing", "{}", key: other).status == 404)
            #expect(try await service.send(.DELETE, "/schedules/changing", key: service.key).status == 204)
        }

        @Test(arguments: [
            (#"{"cron": ["61 * * * *"]}"#, "/spec/cron/0", "0 to 59"),
            (#"{"cron": ["* * * *"]}"#, "/spec/cron/0", "five"),
            (#"{"cron": "0 0 30 2 *"}"#, "/spec/cron/0", "never run"),
            (#"{"cron": ["@never"]}"#, "/spec/cron/0", "@daily"),
            (#"{"cron": ["TZ=UTC 0 0 * * *"]}"#, "/spec/cron/0", "time_zone"),
            (#"{"cron": ["0 0 * * MON-FUN"]}"#, "/spec/cron/0", "MON"),
            (#"{"cron": ["0 0 * * *"], "time_zone": "Europe/Berln"}"#, "/spec/time_zone", "Europe/Berlin"),
            (#"{"cron": ["0 0 * * *"], "timezone": "UTC"}"#, "/spec/timezone", "time_zone"),
            (#"{"intervals": [{"every_seconds": 0}]}"#, "/spec/intervals/0/every_seconds", "from 1"),
            (#"{"intervals": [{}]}"#, "/spec/intervals/0/every_seconds", "required"),
            (
                #"{"intervals": [{"every_seconds": 5, "offset_seconds": 5}]}"#, "/spec/intervals/0/offset_seconds",
                "0 to 4"
            ),
            (#"{"calendars": [{"hour": "25"}]}"#, "/spec/calendars/0/hour", "0 to 23"),
            (#"{"intervals": [{"every_seconds": 5}], "end_at": "2020-01-01T00:00:00Z"}"#, "/spec/end_at", "over"),
            (#"{"intervals": [{"every_seconds": 5}], "start_at": "soon"}"#, "/spec/start_at", "2027-01-31"),
            (#"{}"#, "/spec", "cron"), (#"[]"#, "/spec", "object"), (#"{"cron": 5}"#, "/spec/cron", "array"),
        ])
        func wrongTimesAreRefusedWithTheirPlaceAndWhatWouldBeRight(
            spec: String, pointer: String, hint: String
        ) async throws {
            let answer = try await service.makeSchedule("wrong", spec: spec)
            #expect(answer.status == 422, "\(answer)")
            let error = answer["errors"]?.array?.first { $0["pointer"]?.string == pointer }
            #expect(error?["message"]?.string?.contains(hint) == true, "\(answer)")
            #expect(try await service.schedule("wrong").status == 404)
        }

        @Test(arguments: [
            (#"{"name": "x", "template": "nothing", "spec": {"cron": "@daily"}}"#, 422, "/template"),
            (
                #"{"name": "x", "template": "document-processing", "spec": {"cron": "@daily"}, "input": {}}"#, 422,
                "/input"
            ),
            (#"{"name": "x y", "template": "document-processing", "spec": {"cron": "@daily"}}"#, 422, "/name"),
            (#"{"template": "document-processing", "spec": {"cron": "@daily"}}"#, 400, "/name"),
            (
                #"{"name": "x", "template": "t", "spec": {"cron": "@daily"}, "policy": {"overlap": "never"}}"#, 422,
                "/policy/overlap"
            ),
            (#"{"name": "x", "template": "t", "spec": {"cron": "@daily"}, "max_runs": 0}"#, 422, "/max_runs"),
            (#"{"name": "x", "template": "t", "spec": {"cron": "@daily"}, "tags": [1]}"#, 422, "/tags"),
        ])
        func wrongSchedulesAreRefusedWithTheirPlace(body: String, status: Int, pointer: String) async throws {
            let answer = try await service.post("/schedules", body)
            #expect(answer.status == status, "\(answer)")
            let pointers = answer["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
            #expect(pointers.contains { $0.hasPrefix(pointer) }, "\(answer)")
        }

        /// Temporal understands what we let pass.
        @Test(arguments: [
            #"{"cron": ["*/15 0,12 1-7 JAN-DEC/2 SUN,3-5", "@yearly", "5/20 * * * *"]}"#,
            #"{"calendars": [{"second": "*/10", "minute": 5, "hour": "9-17/2", "day_of_week": "MON-FRI", "year": "2027-2030"}], "exclude": [{"month": 12, "day_of_month": "24-26", "hour": "*", "minute": "*", "second": "*", "comment": "holidays"}]}"#,
            #"{"intervals": [{"every_seconds": 900, "offset_seconds": 60}], "jitter_seconds": 5, "start_at": "2030-01-01T00:00:00Z", "end_at": "2031-01-01T00:00:00.5Z", "time_zone": "America/Argentina/Buenos_Aires"}"#,
        ])
        func everythingThatIsTakenIsKnownToTemporal(spec: String) async throws {
            let made = try await service.makeSchedule("rich", spec: spec)
            #expect(made.status == 201 && made["status"] == "active", "\(made)")
            #expect(made["next_runs"]?.array?.isEmpty == false, "\(made)")
            #expect(try await service.send(.DELETE, "/schedules/rich", key: service.key).status == 204)
        }
    }
}

/// The row is the outbox: what was accepted while Temporal was away, or by a process that died, comes true.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct ScheduleDurabilityTests {
    @Test func schedulesAreMadeChangedAndDeletedWhenTemporalIsBack() async throws {
        try await RunningService.with { first in
            let kept = try await first.makeSchedule("kept", spec: #"{"cron": "@daily"}"#)
            #expect(kept["status"] == "active", "\(kept)")
            let gone = try await first.makeSchedule("gone", spec: #"{"cron": "@daily"}"#)
            let server = try #require(first.temporalServers.first)
            kill(server, SIGSTOP)
            let made = try await first.makeSchedule("made")
            #expect(made.status == 201 && made["status"] == "pending" && made["next_runs"] == [], "\(made)")
            let changed = try await first.patch("/schedules/kept", #"{"spec": {"cron": "@hourly"}}"#)
            #expect(changed.status == 200 && changed["status"] == "pending", "\(changed)")
            #expect(try await first.send(.DELETE, "/schedules/gone", key: first.key).status == 204)
            let paused = try await first.post("/schedules/kept/pause", "", type: nil)
            #expect(paused.status == 503 && paused["code"] == "temporal_unavailable", "\(paused)")
            // The process dies before Temporal hears of any of it.
            first.process.send(SIGKILL)
            try await first.process.waitUntilEnded()
            kill(server, SIGKILL)

            let service = try await RunningService.start(data: first.data)
            try await eventually(timeout: .seconds(90), every: .milliseconds(500), "the schedule is made") {
                try await service.completedRuns("made") >= 1
            }
            try await eventually(timeout: .seconds(30), every: .milliseconds(300), "the schedule is changed") {
                let answer = try await service.schedule("kept")
                let next = answer["next_runs"]?.array?.compactMap(\.string) ?? []
                return answer["status"] == "active" && Set(next.map { $0.dropFirst(11).prefix(2) }).count > 2
            }
            #expect(try await service.schedule("gone").status == 404)
            try await eventually(timeout: .seconds(30), every: .milliseconds(500), "the schedule is deleted") {
                let list = try await service.temporal(["schedule", "list", "-o", "json"])
                return list.status == 0 && !list.output.contains(gone.id)
            }
            service.process.send(SIGKILL)
        }
    }
}
