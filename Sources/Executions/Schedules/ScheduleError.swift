/// Why a request about a schedule cannot be met; the message is safe to show to the tenant. What is wrong with its rules or
/// its input is an `ExecutionError`.
package struct ScheduleError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unknownSchedule = "unknown_schedule"
        case scheduleExists = "schedule_exists"
        case scheduleChanged = "schedule_changed"
        /// Temporal does not have it yet.
        case scheduleNotReady = "schedule_not_ready"
        case tooManySchedules = "too_many_schedules"
    }

    package var code: Code
    package var title: String
    package var message: String

    init(_ code: Code, _ title: String, _ message: String) {
        self.code = code
        self.title = title
        self.message = message
    }

    package var description: String { message }
}
