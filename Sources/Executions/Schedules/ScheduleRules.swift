import Foundation
package import JSON
import Temporal
import WorkflowDefinition

/// When a schedule starts its template, and what happens when two starts meet: the members `spec`, `policy`, `max_runs`
/// and `note` of a schedule, checked.
package struct ScheduleRules: Sendable {
    /// With the defaults filled in, as it is stored and shown.
    package let json: JSONValue
    let spec: ScheduleSpec
    let policies: Schedule.Policies
    let maxRuns: Int?
    let note: String

    /// - Throws: `invalidInput` with a pointer a mistake.
    package init(_ value: JSONValue) throws(ExecutionError) {
        var reader = Reader()
        json = reader.read(value)
        spec = reader.spec
        policies = reader.policies
        maxRuns = reader.maxRuns
        note = reader.note
        guard reader.violations.isEmpty else {
            let reasons = reader.violations.map { "\($0.pointer): \($0.message)" }.joined(separator: "; ")
            throw ExecutionError(
                .invalidInput, "Invalid schedule", "The schedule cannot be used: \(reasons).",
                violations: reader.violations)
        }
    }

    package static let members = ["spec", "policy", "max_runs", "note"]
}

/// Collects the mistakes of a schedule's rules, so that all of them are told at once.
private struct Reader {
    var spec = ScheduleSpec()
    var policies = Schedule.Policies()
    var maxRuns: Int?
    var note = ""
    var violations: [ExecutionError.Violation] = []

    private static let overlaps: [String: Schedule.Overlap] = [
        "skip": .skip, "buffer_one": .bufferOne, "buffer_all": .bufferAll, "cancel_other": .cancelOther,
        "terminate_other": .terminateOther, "allow_all": .allowAll,
    ]
    /// Temporal's own default.
    private static let catchUp: Int64 = 365 * 86_400
    private static let entries = 20

    static func overlap(_ name: String) -> Schedule.Overlap? { overlaps[name] }
    static var overlapNames: [String] { overlaps.keys.sorted() }

    mutating func read(_ value: JSONValue) -> JSONValue {
        let spec = object(
            value["spec"], "/spec",
            [
                "cron", "intervals", "calendars", "exclude", "time_zone",
                "jitter_seconds", "start_at", "end_at",
            ])
        let policy = object(value["policy"], "/policy", ["overlap", "catch_up_window_seconds", "pause_on_failure"])
        var result = JSONObject()
        result["spec"] = read(spec: spec)
        result["policy"] = read(policy: policy)
        maxRuns = integer(value["max_runs"], "/max_runs", 1...1_000_000).map(Int.init)
        result["max_runs"] = maxRuns.map { .integer(Int64($0)) } ?? .null
        note = string(value["note"], "/note", limit: 500) ?? ""
        result["note"] = .string(note)
        return .object(result)
    }

    // MARK: Spec

    private mutating func read(spec value: JSONObject) -> JSONValue {
        var result = JSONObject()
        let crons = value["cron"].map { $0.string.map { [.string($0)] } ?? list($0, "/spec/cron") } ?? []
        for (index, cron) in crons.enumerated() {
            let pointer = "/spec/cron/\(index)"
            guard let text = string(cron, pointer, limit: 200) else { continue }
            do {
                spec.crons.append(try CronExpression(text).text)
            } catch {
                fail(pointer, error.message)
            }
        }
        result["cron"] = .array(spec.crons.map { .string($0) })
        var intervals: [JSONValue] = []
        for (index, interval) in list(value["intervals"], "/spec/intervals").enumerated() {
            guard let entry = read(interval: interval, "/spec/intervals/\(index)") else { continue }
            intervals.append(entry)
        }
        result["intervals"] = .array(intervals)
        for (member, path) in [("calendars", \ScheduleSpec.calendars), ("exclude", \ScheduleSpec.excluded)] {
            let calendars = list(value[member], "/spec/\(member)")
            for (index, calendar) in calendars.enumerated() {
                if let read = read(calendar: calendar, "/spec/\(member)/\(index)") { spec[keyPath: path].append(read) }
            }
            result[member] = .array(calendars)
        }
        if spec.crons.isEmpty, spec.intervals.isEmpty, spec.calendars.isEmpty, violations.isEmpty {
            fail(
                "/spec",
                #"must say when: {"cron": ["30 9 * * 1-5"]}, {"intervals": [{"every_seconds": 900}]} or calendars"#)
        }
        readTimes(value, &result)
        return .object(result)
    }

    private mutating func readTimes(_ value: JSONObject, _ result: inout JSONObject) {
        let zone = string(value["time_zone"], "/spec/time_zone", limit: 100) ?? "UTC"
        if zone != "UTC", !TimeZone.knownTimeZoneIdentifiers.contains(zone),
            !(zone.contains("/") && TimeZone(identifier: zone) != nil)
        {
            let hint = nearest(zone, in: TimeZone.knownTimeZoneIdentifiers).map { "; did you mean \($0)?" } ?? ""
            fail(
                "/spec/time_zone",
                "\(zone.debugDescription) is no time zone; it is a name such as Europe/Berlin or UTC\(hint)")
        }
        spec.timeZone = zone
        result["time_zone"] = .string(zone)
        let jitter = integer(value["jitter_seconds"], "/spec/jitter_seconds", 0...86_400) ?? 0
        spec.jitter = jitter > 0 ? .seconds(jitter) : nil
        result["jitter_seconds"] = .integer(jitter)
        spec.start = time(value["start_at"], "/spec/start_at")
        result["start_at"] = spec.start == nil ? .null : value["start_at"]
        spec.end = time(value["end_at"], "/spec/end_at")
        result["end_at"] = spec.end == nil ? .null : value["end_at"]
        if let end = spec.end {
            if let start = spec.start, end <= start { fail("/spec/end_at", "must be after start_at") }
            if end < Timestamp(seconds: Int64(Date().timeIntervalSince1970)) {
                fail("/spec/end_at", "is over: it would never run")
            }
        }
    }

    private mutating func read(interval value: JSONValue, _ pointer: String) -> JSONValue? {
        let entry = object(value, pointer, ["every_seconds", "offset_seconds"])
        guard let every = integer(entry["every_seconds"], "\(pointer)/every_seconds", 1...(366 * 86_400)) else {
            if entry["every_seconds"] == nil { fail("\(pointer)/every_seconds", "is required") }
            return nil
        }
        let offset = integer(entry["offset_seconds"], "\(pointer)/offset_seconds", 0...max(0, every - 1)) ?? 0
        spec.intervals.append(.init(every: .seconds(every), offset: .seconds(offset)))
        return ["every_seconds": .integer(every), "offset_seconds": .integer(offset)]
    }

    private mutating func read(calendar value: JSONValue, _ pointer: String) -> ScheduleSpec.Calendar? {
        let entry = object(value, pointer, CronField.allCases.map(\.rawValue) + ["comment"])
        var calendar = ScheduleSpec.Calendar()
        calendar.comment = string(entry["comment"], "\(pointer)/comment", limit: 200) ?? ""
        var isWhole = true
        for field in CronField.allCases {
            let member = "\(pointer)/\(field.rawValue)"
            // A number stands for itself.
            let number = entry[field.rawValue]?.integer.map { JSONValue.string(String($0)) }
            guard let text = string(number ?? entry[field.rawValue], member, limit: 200) else { continue }
            do {
                let ranges = try field.parse(text)
                switch field {
                case .second: calendar.second = ranges
                case .minute: calendar.minute = ranges
                case .hour: calendar.hour = ranges
                case .dayOfMonth: calendar.dayOfMonth = ranges
                case .month: calendar.month = ranges
                case .dayOfWeek: calendar.dayOfWeek = ranges
                case .year: calendar.year = text == "*" ? [] : ranges
                }
            } catch {
                isWhole = false
                fail(member, error.message)
            }
        }
        do {
            try CronExpression.checkPossible(
                days: CronField.dayOfMonth.values(calendar.dayOfMonth), months: CronField.month.values(calendar.month))
        } catch {
            fail(pointer, error.message)
        }
        return isWhole ? calendar : nil
    }

    // MARK: Policy

    private mutating func read(policy value: JSONObject) -> JSONValue {
        let overlap = string(value["overlap"], "/policy/overlap", limit: 50) ?? "skip"
        if let known = Self.overlaps[overlap] {
            policies.overlap = known
        } else {
            fail(
                "/policy/overlap",
                "\(overlap.debugDescription) is not known; it is one of \(Self.overlapNames.joined(separator: ", "))")
        }
        let window =
            integer(value["catch_up_window_seconds"], "/policy/catch_up_window_seconds", 10...(10 * Self.catchUp))
            ?? Self.catchUp
        policies.catchUpWindow = .seconds(window)
        if let pause = value["pause_on_failure"], !pause.isNull {
            if let bool = pause.bool {
                policies.pausesOnFailure = bool
            } else {
                fail("/policy/pause_on_failure", "must be a boolean")
            }
        }
        return [
            "overlap": .string(overlap), "catch_up_window_seconds": .integer(window),
            "pause_on_failure": .bool(policies.pausesOnFailure),
        ]
    }

    // MARK: Members

    private mutating func fail(_ pointer: String, _ message: String) {
        violations.append(.init(pointer: pointer, message: message))
    }

    private mutating func object(_ value: JSONValue?, _ pointer: String, _ known: [String]) -> JSONObject {
        guard let value, !value.isNull else { return JSONObject() }
        guard let object = value.object else {
            fail(pointer, "must be an object")
            return JSONObject()
        }
        for key in object.keys where !known.contains(key) {
            let hint = nearest(key, in: known).map { "; did you mean \($0)?" } ?? ""
            fail("\(pointer)/\(key)", "is not known; known are \(known.joined(separator: ", "))\(hint)")
        }
        return object
    }

    private mutating func list(_ value: JSONValue?, _ pointer: String) -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        guard let array = value.array else {
            fail(pointer, "must be an array")
            return []
        }
        guard array.count <= Self.entries else {
            fail(pointer, "has at most \(Self.entries) entries")
            return []
        }
        return array
    }

    private mutating func string(_ value: JSONValue?, _ pointer: String, limit: Int) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string, text.unicodeScalars.count <= limit else {
            fail(pointer, "must be a string of at most \(limit) characters")
            return nil
        }
        return text
    }

    private mutating func integer(_ value: JSONValue?, _ pointer: String, _ range: ClosedRange<Int64>) -> Int64? {
        guard let value, !value.isNull else { return nil }
        guard let number = value.integer, range.contains(number) else {
            fail(pointer, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    private mutating func time(_ value: JSONValue?, _ pointer: String) -> Timestamp? {
        guard let value, !value.isNull else { return nil }
        let date = value.string.flatMap { text in
            (try? Date(text, strategy: .iso8601))
                ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        }
        guard let date, (0..<253_402_300_800).contains(date.timeIntervalSince1970) else {
            fail(pointer, "must be a time such as 2027-01-31T09:00:00Z")
            return nil
        }
        let seconds = date.timeIntervalSince1970.rounded(.down)
        return Timestamp(
            seconds: Int64(seconds), nanoseconds: Int32((date.timeIntervalSince1970 - seconds) * 1_000_000_000))
    }
}

extension Schedule.Overlap {
    /// By its name in the API; nil for another.
    static func named(_ name: String) -> Schedule.Overlap? { Reader.overlap(name) }
    static var names: [String] { Reader.overlapNames }
}
