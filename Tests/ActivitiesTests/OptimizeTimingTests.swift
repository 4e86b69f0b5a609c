import Activities
import Foundation
import JSON
import Testing

@Suite struct OptimizeTimingTests {
    private func answer(_ input: JSONValue) async throws -> JSONValue {
        let schema = try JSONSchema(compiling: StandardCatalog.optimizeTiming.inputSchema)
        #expect(schema.validate(input).isEmpty)
        return try await OptimizeTimingActivity().run(
            input,
            ActivityContext(tenantID: UUID(), tier: "premium", executionID: UUID(), activityID: "r/1", attempt: 1))
    }

    /// Messages of 20 weeks before 2027-03-01 (a Monday), one a day at `hour` UTC, engaged with on the days given.
    private func history(hour: Int, weeks: Int = 20, engaged days: Set<Int>) -> JSONValue {
        let monday = 1_803_859_200 - 7 * 86_400 * weeks
        return .array(
            (0..<weeks * 7).map { day in
                let sent = monday + day * 86_400 + hour * 3600
                var message: JSONObject = ["sent_at": .string(time(sent))]
                if days.contains(day % 7) { message["engaged_at"] = .string(time(sent + 600)) }
                return .object(message)
            })
    }

    private func time(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    @Test func withoutHistoryTheUsualTimeIsAnsweredWithoutConfidence() async throws {
        let answer = try await answer(["now": "2027-03-01T12:00:00Z", "time_zone": "Europe/Berlin", "default": "09:30"])
        #expect(answer["send_at"] == "2027-03-02T08:30:00Z")
        #expect(answer["local_time"] == "2027-03-02T09:30:00+01:00")
        #expect(answer["confidence"] == 0 && answer["hour_of_week"] == 33)
        #expect(answer["reason"]?.string?.contains("no history") == true && answer["alternatives"] == [])
    }

    @Test func usualTimeWithinTheQuietHoursWaitsForTheirEnd() async throws {
        let answer = try await answer([
            "now": "2027-03-01T12:00:00Z", "default": "23:00", "quiet_hours": ["start": "22:00", "end": "07:15"],
        ])
        #expect(answer["send_at"] == "2027-03-02T07:15:00Z")
    }

    @Test func theHourThatWasEngagedWithIsFound() async throws {
        // Wednesdays and Thursdays; asked on a Monday.
        let answer = try await answer([
            "history": history(hour: 17, engaged: [2]), "earliest": "2027-03-01T00:00:00Z",
        ])
        #expect(answer["send_at"] == "2027-03-03T17:00:00Z")
        #expect(answer["hour_of_week"] == 65)
        #expect(answer["confidence"]?.double ?? 0 > 0.8, "\(answer.serialized())")
        #expect(answer["alternatives"]?.array?.count == 3)
    }

    @Test func sameInputGivesTheSameAnswer() async throws {
        let input: JSONValue = [
            "history": history(hour: 9, engaged: [0, 3]), "segment": ["history": history(hour: 20, engaged: [5])],
            "earliest": "2027-03-01T00:00:00Z", "time_zone": "America/New_York",
        ]
        let first = try await answer(input)
        for _ in 0..<5 { #expect(try await answer(input) == first) }
    }

    @Test func confidenceGrowsWithHistory() async throws {
        var last = 0.0
        for weeks in [1, 3, 10, 40] {
            let answer = try await answer([
                "history": history(hour: 9, weeks: weeks, engaged: [1]), "earliest": "2027-03-01T00:00:00Z",
            ])
            let confidence = try #require(answer["confidence"]?.double)
            #expect(confidence > last && confidence <= 1, "\(weeks) weeks: \(confidence)")
            last = confidence
        }
    }

    @Test func littleHistoryIsDrawnToTheSegmentAndThenToTheTenant() async throws {
        func hours(best: Int) -> JSONValue {
            let all = (0..<168).map { hour -> JSONValue in
                ["hour_of_week": .integer(Int64(hour)), "sent": 1000, "engaged": hour == best ? 300 : 50]
            }
            return ["hours": .array(all)]
        }
        let (segment, tenant) = (hours(best: 30), hours(best: 100))
        let one: JSONValue = [["sent_at": "2027-02-22T03:00:00Z", "engaged_at": "2027-02-22T03:05:00Z"]]
        let both = try await answer([
            "history": one, "segment": segment, "tenant": tenant, "earliest": "2027-03-01T00:00:00Z",
        ])
        #expect(both["hour_of_week"] == 30, "one opening at 3 in the night does not outweigh a segment")
        let above = try await answer(["history": one, "tenant": tenant, "earliest": "2027-03-01T00:00:00Z"])
        #expect(above["hour_of_week"] == 100)
        let alone = try await answer(["history": one, "earliest": "2027-03-01T00:00:00Z"])
        #expect(alone["hour_of_week"] == 3)
        #expect(try #require(alone["confidence"]?.double) < 0.1)
    }

    @Test func ownHistoryOutweighsTheOthersInTheEnd() async throws {
        let answer = try await answer([
            "history": history(hour: 6, weeks: 40, engaged: [0, 1, 2, 3, 4]),
            "tenant": ["hours": [["hour_of_week": 100, "sent": 5000, "engaged": 1500]]],
            "earliest": "2027-03-01T00:00:00Z",
        ])
        #expect(answer["hour_of_week"] == 6)
    }

    @Test func quietHoursAreLeftOut() async throws {
        let answer = try await answer([
            "history": history(hour: 23, engaged: [0, 1, 2, 3, 4, 5, 6]), "earliest": "2027-03-01T00:00:00Z",
            "quiet_hours": ["start": "21:30", "end": "07:30"],
        ])
        let hour = try #require(answer["hour_of_week"]?.integer) % 24
        #expect((7...21).contains(hour))
        for alternative in answer["alternatives"]?.array ?? [] {
            #expect((7...21).contains(try #require(alternative["hour_of_week"]?.integer) % 24))
        }
    }

    /// Berlin changes to summer time on Sunday 2027-03-28 at 02:00 and back on 2027-10-31 at 03:00.
    @Test(arguments: [
        // Monday 09:00 local is 08:00 UTC in winter and 07:00 in summer.
        ("2027-03-21T12:00:00Z", "2027-03-22T08:00:00Z", "2027-03-22T09:00:00+01:00"),
        ("2027-03-27T12:00:00Z", "2027-03-29T07:00:00Z", "2027-03-29T09:00:00+02:00"),
        ("2027-10-30T12:00:00Z", "2027-11-01T08:00:00Z", "2027-11-01T09:00:00+01:00"),
    ])
    func localHourIsKeptWhenTheClockChanges(earliest: String, send: String, local: String) async throws {
        // Mondays at 08:00 UTC of the winter, 09:00 in Berlin.
        let answer = try await answer([
            "history": history(hour: 8, engaged: [0]), "earliest": .string(earliest), "time_zone": "Europe/Berlin",
        ])
        #expect(answer["send_at"]?.string == send && answer["local_time"]?.string == local, "\(answer.serialized())")
    }

    /// The usual time does not exist on the day the clock goes forward: the nearest moment after it counts.
    @Test func usualTimeSurvivesTheChangeOfTheClock() async throws {
        let answer = try await answer([
            "earliest": "2027-03-27T20:00:00Z", "time_zone": "Europe/Berlin", "default": "09:00",
        ])
        #expect(answer["local_time"] == "2027-03-28T09:00:00+02:00")
    }

    @Test(arguments: ["Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca"])
    func everyCandidateIsALocalHour(zone: String) async throws {
        for start in ["2027-03-27T11:22:33Z", "2027-04-02T20:00:00Z", "2027-10-02T00:00:00Z"] {
            let answer = try await answer([
                "history": history(hour: 9, engaged: [2]), "earliest": .string(start), "time_zone": .string(zone),
            ])
            let local = try #require(answer["local_time"]?.string)
            #expect(local.dropFirst(14).hasPrefix("00:00") || answer["send_at"]?.string == start, "\(zone) \(local)")
            #expect(try #require(answer["send_at"]?.string) >= start)
        }
    }

    @Test(
        arguments: [
            [:], ["earliest": "tomorrow"], ["earliest": "2027-02-30T00:00:00Z"],
            ["earliest": "2027-03-01T00:00:00Z", "time_zone": "Mars/Olympus"],
            ["earliest": "2027-03-01T00:00:00Z", "history": [["sent_at": "1 March"]]],
            [
                "earliest": "2027-03-01T00:00:00Z",
                "segment": ["hours": [["hour_of_week": 1, "sent": 1, "engaged": 2]]],
            ],
        ] as [JSONValue])
    func whatCannotBeReadIsRefused(input: JSONValue) async throws {
        await #expect(throws: ActivityError.self) { _ = try await answer(input) }
    }

    @Test func aLongHistoryIsQuick() async throws {
        let messages = JSONValue.array(
            (0..<10_000).map { number in
                ["sent_at": .string(time(1_790_000_000 + number * 3571)), "engaged_at": nil]
            })
        let begin = ContinuousClock.now
        let answer = try await answer(["history": messages, "earliest": "2027-03-01T00:00:00Z"])
        #expect(answer["send_at"]?.string != nil)
        #expect(ContinuousClock.now - begin < .seconds(10))
    }
}
