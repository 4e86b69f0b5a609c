import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    @Suite struct Schedules {
        @Test func everyPartIsReadBack() async throws {
            try await withClient { client in
                let id = "whole-\(UUID().uuidString)"
                var schedule = Schedule(Self.rare, action: request("echo", try json("a"), try json(2)))
                schedule.spec.intervals = [.init(every: .seconds(3600), offset: .seconds(600))]
                var weekend = ScheduleSpec.Calendar()
                weekend.dayOfWeek = [.init(0), .init(6)]
                schedule.spec.excluded = [weekend]
                schedule.spec.timeZone = "Europe/Berlin"
                schedule.spec.start = Timestamp(seconds: 4_000_000_000)
                schedule.spec.end = Timestamp(seconds: 4_100_000_000)
                schedule.spec.jitter = .seconds(30)
                schedule.policies.overlap = .bufferOne
                schedule.policies.catchUpWindow = .seconds(120)
                schedule.policies.pausesOnFailure = true
                schedule.note = "for a test"
                schedule.isPaused = true
                schedule.remainingActions = 7
                schedule.action.memo = ["m": try json("inner")]
                schedule.action.searchAttributes = ["Tier": .keyword("basic")]
                schedule.action.executionTimeout = .seconds(100)
                schedule.action.runTimeout = .seconds(50)
                schedule.action.taskTimeout = .seconds(7)
                schedule.action.retry = RetryPolicy(maximumAttempts: 3)
                schedule.action.priority = Priority(key: 2, fairnessKey: "tenant", fairnessWeight: 1.5)
                schedule.action.summary = "one line"
                schedule.action.details = "two\n\nlines"
                try await client.createSchedule(
                    id, schedule, memo: ["outer": json("o")], searchAttributes: ["TenantId": .keyword("t")])

                let read = try await client.describeSchedule(id)
                let again = read.schedule
                #expect(again.spec == schedule.spec)
                #expect(again.note == "for a test" && again.isPaused && again.remainingActions == 7)
                #expect(again.policies.overlap == .bufferOne)
                #expect(again.policies.catchUpWindow == .seconds(120))
                #expect(again.policies.pausesOnFailure && !again.policies.keepsWorkflowID)
                #expect(again.action.workflowID == schedule.action.workflowID)
                #expect(again.action.workflowType == "echo" && again.action.taskQueue == "peer")
                #expect(again.action.input == schedule.action.input)
                #expect(again.action.memo == schedule.action.memo)
                #expect(again.action.searchAttributes == schedule.action.searchAttributes)
                #expect(again.action.executionTimeout == .seconds(100) && again.action.runTimeout == .seconds(50))
                #expect(again.action.taskTimeout == .seconds(7) && again.action.retry?.maximumAttempts == 3)
                #expect(again.action.priority == schedule.action.priority)
                #expect(again.action.summary == "one line" && again.action.details == "two\n\nlines")
                #expect(read.memo["outer"] == (try json("o")))
                #expect(read.searchAttributes["TenantId"] == .keyword("t"))
                #expect(read.actionCount == 0 && read.created != nil && read.recentActions.isEmpty)
                try await client.deleteSchedule(id)
                try await eventually {
                    do {
                        _ = try await client.describeSchedule(id)
                        return false
                    } catch { return (error as? TemporalError)?.code == .notFound }
                }
            }
        }

        /// A whole description can be changed and written back.
        @Test func updateReplacesAndRefusesAnOldConflictToken() async throws {
            try await withSchedule { client, id in
                let first = try await client.describeSchedule(id)
                var changed = first.schedule
                changed.spec = ScheduleSpec(crons: ["0 12 * * MON"])
                changed.action.input = [try json("new")]
                changed.note = "second"
                try await client.updateSchedule(id, changed, conflictToken: first.conflictToken)
                try await eventually { try await client.describeSchedule(id).schedule.note == "second" }
                let second = try await client.describeSchedule(id)
                #expect(second.schedule.action.input == [try json("new")])
                #expect(second.schedule.spec.calendars.map(\.dayOfWeek) == [[.init(1)]])
                #expect(second.schedule.spec.calendars.map(\.hour) == [[.init(12)]])
                #expect(second.conflictToken != first.conflictToken)
                #expect(second.searchAttributes["TenantId"] == .keyword("t"))

                changed.note = "from an old reading"
                let stale = changed
                let error = await #expect(throws: TemporalError.self) {
                    try await client.updateSchedule(id, stale, conflictToken: first.conflictToken)
                }
                #expect(error?.code == .failedPrecondition, "\(error as Any)")
                #expect(try await client.describeSchedule(id).schedule.note == "second")
            }
        }

        @Test func triggerStartsAndPauseHoldsAndBackfillCatchesUp() async throws {
            try await withSchedule { client, id in
                try await client.triggerSchedule(id, overlap: .allowAll)
                try await eventually(timeout: .seconds(20)) {
                    try await client.describeSchedule(id).recentActions.count == 1
                }
                let action = try #require(try await client.describeSchedule(id).recentActions.first)
                #expect(action.workflow.workflowID.hasPrefix("echo-"))
                let outcome = try await client.result(workflowID: action.workflow.workflowID)
                guard case .completed(let result) = outcome else { throw Unexpected(outcome) }
                #expect(text(result.first) == #"["scheduled"]"#)

                try await client.pauseSchedule(id, note: "held")
                try await eventually { try await client.describeSchedule(id).schedule.isPaused }
                #expect(try await client.describeSchedule(id).schedule.note == "held")
                try await client.unpauseSchedule(id, note: "")
                try await eventually { try await !client.describeSchedule(id).schedule.isPaused }

                // Three midnights.
                try await client.backfillSchedule(
                    id, from: Timestamp(seconds: 1_600_000_000 - 1_600_000_000 % 86_400 + 1),
                    to: Timestamp(seconds: 1_600_000_000 - 1_600_000_000 % 86_400 + 3 * 86_400 + 1),
                    overlap: .bufferAll)
                try await eventually(timeout: .seconds(30)) {
                    try await client.describeSchedule(id).actionCount == 4
                }
            }
        }

        @Test func scheduleRunsByItself() async throws {
            try await withClient { client in
                let id = "quick-\(UUID().uuidString)"
                let schedule = Schedule(
                    ScheduleSpec(intervals: [.init(every: .seconds(1))]), action: request("echo", try json("tick")))
                try await client.createSchedule(id, schedule, triggersNow: true)
                try await eventually(timeout: .seconds(30)) { try await client.describeSchedule(id).actionCount >= 2 }
                #expect(try await !client.describeSchedule(id).nextTimes.isEmpty)
                try await client.deleteSchedule(id)
            }
        }

        @Test func takenUnknownAndUnreadableAreTold() async throws {
            try await withSchedule { client, id in
                let taken = try await #require(throws: TemporalError.self) {
                    try await client.createSchedule(id, Schedule(Self.rare, action: request("echo")))
                }
                #expect(taken.code == .alreadyExists, "\(taken)")
                let steps: [@Sendable () async throws -> Void] = [
                    { _ = try await client.describeSchedule("nowhere") },
                    { try await client.pauseSchedule("nowhere") },
                    { try await client.triggerSchedule("nowhere") },
                    { try await client.updateSchedule("nowhere", Schedule(Self.rare, action: request("echo"))) },
                    { try await client.deleteSchedule("nowhere") },
                ]
                for step in steps {
                    let error = try await #require(throws: TemporalError.self) { try await step() }
                    #expect(error.code == .notFound, "\(error)")
                }
                let unreadable = try await #require(throws: TemporalError.self) {
                    try await client.createSchedule(
                        "bad", Schedule(ScheduleSpec(crons: ["every full moon"]), action: request("echo")))
                }
                #expect(unreadable.code == .invalidArgument, "\(unreadable)")
            }
        }

        @Test func listIsPaged() async throws {
            try await withClient { client in
                let mark = UUID().uuidString
                var ids: Set<String> = []
                for index in 0..<5 {
                    let id = "listed-\(index)-\(mark)"
                    try await client.createSchedule(
                        id, Schedule(Self.rare, action: request("echo")), memo: ["i": json(index)],
                        searchAttributes: ["TenantId": .keyword(mark)])
                    ids.insert(id)
                }
                let query = "TenantId = '\(mark)'"
                var listed: [ScheduleSummary] = []
                try await eventually(timeout: .seconds(30)) {
                    listed = []
                    for try await schedule in client.listSchedules(query, pageSize: 2) { listed.append(schedule) }
                    return listed.count == 5
                }
                #expect(Set(listed.map(\.id)) == ids)
                #expect(listed.allSatisfy { $0.workflowType == "echo" && !$0.isPaused && $0.memo["i"] != nil })
                for id in ids { try await client.deleteSchedule(id) }
            }
        }

        @Test func officialCommandLineReadsOursAndWeReadItsOwn() async throws {
            try await withSchedule { client, id in
                let shown = try await Shell.temporal(
                    "schedule", "describe", "--schedule-id", id, "--output", "json")
                #expect(shown.contains("echo") && shown.contains("for a test"), "\(shown)")
                let other = "cli-\(UUID().uuidString)"
                _ = try await Shell.temporal(
                    "schedule", "create", "--schedule-id", other, "--cron", "30 4 * * *", "--interval", "2h/5m",
                    "--time-zone", "America/New_York", "--overlap-policy", "CancelOther", "--workflow-id", "by-cli",
                    "--type", "echo", "--task-queue", "peer", "--input", #"{"a":1}"#, "--notes", "made there",
                    "--remaining-actions", "3", "--catchup-window", "90s", "--pause-on-failure")
                let read = try await client.describeSchedule(other).schedule
                #expect(read.spec.calendars.map(\.hour) == [[.init(4)]])
                #expect(read.spec.calendars.map(\.minute) == [[.init(30)]])
                #expect(read.spec.intervals == [.init(every: .seconds(7200), offset: .seconds(300))])
                #expect(read.spec.timeZone == "America/New_York")
                #expect(read.policies.overlap == .cancelOther && read.policies.pausesOnFailure)
                #expect(read.policies.catchUpWindow == .seconds(90))
                #expect(read.note == "made there" && read.remainingActions == 3)
                #expect(read.action.workflowID == "by-cli" && read.action.workflowType == "echo")
                #expect(read.action.input.map { text($0) } == [#"{"a":1}"#])
                _ = try await Shell.temporal(
                    "schedule", "toggle", "--schedule-id", other, "--pause", "--reason", "held")
                try await eventually { try await client.describeSchedule(other).schedule.isPaused }
                try await client.deleteSchedule(other)
            }
        }

        /// Never by itself while a test runs: midnight of the first of January.
        private static let rare: ScheduleSpec = {
            var calendar = ScheduleSpec.Calendar()
            calendar.month = [.init(1)]
            calendar.dayOfMonth = [.init(1)]
            calendar.comment = "new year"
            return ScheduleSpec(calendars: [calendar])
        }()

        /// Daily at midnight.
        private func withSchedule(_ body: (TemporalClient, String) async throws -> Void) async throws {
            try await withClient { client in
                let id = "schedule-\(UUID().uuidString)"
                var schedule = Schedule(
                    ScheduleSpec(calendars: [.init()]), action: request("echo", try json("scheduled")))
                schedule.note = "for a test"
                try await client.createSchedule(id, schedule, searchAttributes: ["TenantId": .keyword("t")])
                try await body(client, id)
                try await client.deleteSchedule(id)
            }
        }
    }
}
