internal import SwiftProtobuf
internal import TemporalProtocol

extension ScheduleSpec {
    var message: Temporal_Api_Schedule_V1_ScheduleSpec {
        .with {
            $0.cronString = crons
            $0.interval = intervals.map { interval in
                .with {
                    $0.interval = interval.every.message
                    if interval.offset != .zero { $0.phase = interval.offset.message }
                }
            }
            $0.structuredCalendar = calendars.map(\.message)
            $0.excludeStructuredCalendar = excluded.map(\.message)
            $0.timezoneName = timeZone
            if let start { $0.startTime = start.message }
            if let end { $0.endTime = end.message }
            if let jitter { $0.jitter = jitter.message }
        }
    }

    init(_ message: Temporal_Api_Schedule_V1_ScheduleSpec) {
        self.init(
            crons: message.cronString,
            intervals: message.interval.map { Interval(every: Duration($0.interval), offset: Duration($0.phase)) },
            calendars: message.structuredCalendar.map { Calendar($0) }, timeZone: message.timezoneName
        )
        excluded = message.excludeStructuredCalendar.map { Calendar($0) }
        start = message.hasStartTime ? Timestamp(message.startTime) : nil
        end = message.hasEndTime ? Timestamp(message.endTime) : nil
        jitter = message.hasJitter ? Duration(message.jitter) : nil
    }
}

extension ScheduleSpec.Calendar {
    var message: Temporal_Api_Schedule_V1_StructuredCalendarSpec {
        .with {
            $0.second = second.map(\.message)
            $0.minute = minute.map(\.message)
            $0.hour = hour.map(\.message)
            $0.dayOfMonth = dayOfMonth.map(\.message)
            $0.month = month.map(\.message)
            $0.year = year.map(\.message)
            $0.dayOfWeek = dayOfWeek.map(\.message)
            $0.comment = comment
        }
    }

    init(_ message: Temporal_Api_Schedule_V1_StructuredCalendarSpec) {
        second = message.second.map { ScheduleSpec.Range($0) }
        minute = message.minute.map { ScheduleSpec.Range($0) }
        hour = message.hour.map { ScheduleSpec.Range($0) }
        dayOfMonth = message.dayOfMonth.map { ScheduleSpec.Range($0) }
        month = message.month.map { ScheduleSpec.Range($0) }
        year = message.year.map { ScheduleSpec.Range($0) }
        dayOfWeek = message.dayOfWeek.map { ScheduleSpec.Range($0) }
        comment = message.comment
    }
}

extension ScheduleSpec.Range {
    var message: Temporal_Api_Schedule_V1_Range {
        .with {
            $0.start = Int32(clamping: start)
            $0.end = Int32(clamping: end)
            $0.step = Int32(clamping: step)
        }
    }

    /// Zero means the default: an end that is the start, steps of one.
    init(_ message: Temporal_Api_Schedule_V1_Range) {
        self.init(
            Int(message.start), to: Int(max(message.start, message.end)),
            step: message.step == 0 ? 1 : Int(message.step))
    }
}

extension Schedule.Overlap {
    var message: Temporal_Api_Enums_V1_ScheduleOverlapPolicy {
        switch self {
        case .skip: .skip
        case .bufferOne: .bufferOne
        case .bufferAll: .bufferAll
        case .cancelOther: .cancelOther
        case .terminateOther: .terminateOther
        case .allowAll: .allowAll
        }
    }

    init(_ message: Temporal_Api_Enums_V1_ScheduleOverlapPolicy) {
        self =
            switch message {
            case .bufferOne: .bufferOne
            case .bufferAll: .bufferAll
            case .cancelOther: .cancelOther
            case .terminateOther: .terminateOther
            case .allowAll: .allowAll
            case .unspecified, .skip, .UNRECOGNIZED: .skip
            }
    }
}

extension Schedule.Policies {
    var message: Temporal_Api_Schedule_V1_SchedulePolicies {
        .with {
            $0.overlapPolicy = overlap.message
            if let catchUpWindow { $0.catchupWindow = catchUpWindow.message }
            $0.pauseOnFailure = pausesOnFailure
            $0.keepOriginalWorkflowID = keepsWorkflowID
        }
    }

    init(_ message: Temporal_Api_Schedule_V1_SchedulePolicies) {
        overlap = .init(message.overlapPolicy)
        catchUpWindow = message.hasCatchupWindow ? Duration(message.catchupWindow) : nil
        pausesOnFailure = message.pauseOnFailure
        keepsWorkflowID = message.keepOriginalWorkflowID
    }
}

extension ScheduleAction {
    init(_ message: Temporal_Api_Schedule_V1_ScheduleActionResult) {
        scheduled = Timestamp(message.scheduleTime)
        actual = Timestamp(message.actualTime)
        workflow = .init(message.startWorkflowResult)
        status = WorkflowStatus(message.startWorkflowStatus)
    }
}

extension WorkflowExecution.Identity {
    init(_ message: Temporal_Api_Common_V1_WorkflowExecution) {
        self.init(workflowID: message.workflowID, runID: message.runID)
    }
}
