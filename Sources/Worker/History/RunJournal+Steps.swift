package import JSON
import Temporal
package import WorkflowEngine

extension RunJournal {
    /// One run of one task as readers see it.
    package struct StepRecord: Sendable {
        package var step: Step
        /// The step's own, but for one that ended with its run.
        package var status: String
        package var endedAtMilliseconds: Int64?
        /// `RUN/ID`, as the usage ledger names the activity; nil for a step that called none in this run.
        package var activityID: String?
        /// Temporal's name of the activity's type.
        package var activityType: String?
        /// Of the activity: how often it was tried, and how long its only attempt waited for a worker.
        package var attempts: Int?
        package var queueMilliseconds: Int64?
        var input: ObservedValue?
        var output: ObservedValue?

        package var startedAtMilliseconds: Int64 { step.startedAt.milliseconds }
    }

    /// The last 1,000 at least, in order.
    package var steps: [StepRecord] { interpreter?.steps.map(record) ?? [] }

    package func step(_ number: Int) -> StepRecord? { interpreter?.step(number).map(record) }

    /// How many steps have begun, those that were dropped included.
    package var stepCount: Int { interpreter?.stepCount ?? 0 }

    private func record(_ step: Step) -> StepRecord {
        var record = StepRecord(
            step: step, status: step.status.rawValue, endedAtMilliseconds: step.endedAt?.milliseconds)
        if step.status == .running, let outcome, let closedAt {
            // The run was ended from outside, its steps never heard.
            switch outcome {
            case .terminated: record.status = "terminated"
            case .timedOut: record.status = "timed_out"
            case .completed, .failed, .cancelled: record.status = Step.Status.cancelled.rawValue
            case .continuedAsNew: break
            }
            if record.status != step.status.rawValue {
                record.endedAtMilliseconds = max(closedAt.milliseconds, step.startedAt.milliseconds)
            }
        }
        guard let observation = interpreter?.observer?[step.number] else { return record }
        record.input = observation.input
        record.output = observation.output
        if let number = observation.activity {
            let id = String(number + activityOffset)
            record.activityID = "\(runID)/\(id)"
            if let activity = activities[id] {
                record.activityType = activity.type
                record.attempts = activity.attempts
                record.queueMilliseconds = activity.queueMilliseconds
            }
        }
        return record
    }

    /// `{steps, step_count, paused, fallback_used, ai_activities_used}`.
    package var progress: JSONValue {
        var object = JSONObject()
        object["steps"] = .array(steps.map(\.json))
        object["step_count"] = .integer(Int64(stepCount))
        object["fallback_used"] = .bool(interpreter?.fallbackUsed ?? false)
        object["ai_activities_used"] = .array(interpreter?.aiActivities.map { .string($0) } ?? [])
        return .object(object)
    }
}

extension RunJournal.StepRecord {
    package var json: JSONValue {
        var object = JSONObject()
        object["number"] = .integer(Int64(step.number))
        object["name"] = .string(step.name)
        object["position"] = .string(step.position)
        object["kind"] = .string(step.kind)
        object["function"] = step.function.map { .string($0) }
        object["status"] = .string(status)
        object["started_at"] = .string(step.startedAt.iso8601)
        if let endedAtMilliseconds {
            object["ended_at"] = .string(Instant(milliseconds: endedAtMilliseconds).iso8601)
            object["duration_ms"] = .integer(endedAtMilliseconds - startedAtMilliseconds)
        }
        object["attempt"] = .integer(Int64(step.attempt))
        object["activity_id"] = activityID.map { .string($0) }
        object["activity_attempts"] = attempts.map { .integer(Int64($0)) }
        object["queue_ms"] = queueMilliseconds.map { .integer($0) }
        object["enhancement"] = step.enhancement?.json
        object["error"] = step.error?.json
        object.add(input, as: "input")
        object.add(output, as: "output")
        return .object(object)
    }
}

extension JSONObject {
    /// The value, or `NAME_bytes` alone where it is too large to be shown.
    fileprivate mutating func add(_ observed: ObservedValue?, as name: String) {
        guard let observed else { return }
        if let value = observed.value {
            self[name] = value
        } else {
            self["\(name)_bytes"] = .integer(Int64(observed.bytes))
        }
    }
}
