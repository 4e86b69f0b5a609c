/// A workflow that the server starts again and again: when, what, and what to do when two starts meet.
package struct Schedule: Sendable {
    package var spec: ScheduleSpec
    /// Its id is the prefix of the started workflows' ids, which the time follows. Request id, conflict policy and start
    /// delay have no meaning here.
    package var action: StartWorkflowRequest
    package var policies = Policies()
    /// For people: why it is paused, for example.
    package var note = ""
    package var isPaused = false
    /// After so many starts it does nothing more; nil: without end.
    package var remainingActions: Int?

    package init(_ spec: ScheduleSpec, action: StartWorkflowRequest) {
        self.spec = spec
        self.action = action
    }

    /// What happens when it is time and the workflow before still runs.
    package enum Overlap: String, Sendable, CaseIterable {
        case skip, bufferOne, bufferAll, cancelOther, terminateOther, allowAll
    }

    package struct Policies: Sendable {
        package var overlap = Overlap.skip
        /// Starts missed while the server was away are made up for this long; nil: the server's default, a year.
        package var catchUpWindow: Duration?
        /// A workflow that fails pauses the schedule.
        package var pausesOnFailure = false
        /// The started workflows' ids carry no time.
        package var keepsWorkflowID = false

        package init() {}
    }
}

/// The times of a schedule: the union of all that it names, without the excluded ones.
package struct ScheduleSpec: Sendable, Hashable {
    /// Classic cron, with an optional `CRON_TZ=Zone ` before; the server tells them as calendars.
    package var crons: [String] = []
    package var intervals: [Interval] = []
    package var calendars: [Calendar] = []
    package var excluded: [Calendar] = []
    /// An IANA name; empty: UTC.
    package var timeZone = ""
    package var start: Timestamp?
    package var end: Timestamp?
    /// Each time is moved by a random part of this.
    package var jitter: Duration?

    package init(
        crons: [String] = [], intervals: [Interval] = [], calendars: [Calendar] = [], timeZone: String = ""
    ) {
        self.crons = crons
        self.intervals = intervals
        self.calendars = calendars
        self.timeZone = timeZone
    }

    package struct Interval: Sendable, Hashable {
        package var every: Duration
        package var offset: Duration

        package init(every: Duration, offset: Duration = .zero) {
            self.every = every
            self.offset = offset
        }
    }

    /// Every moment whose parts are all within the ranges; by default midnight of each day.
    package struct Calendar: Sendable, Hashable {
        package var second = [Range(0)]
        package var minute = [Range(0)]
        package var hour = [Range(0)]
        package var dayOfMonth = [Range(1, to: 31)]
        package var month = [Range(1, to: 12)]
        /// Empty: every year.
        package var year: [Range] = []
        /// 0 is Sunday.
        package var dayOfWeek = [Range(0, to: 6)]
        package var comment = ""

        package init() {}
    }

    /// The numbers from `start` to `end`, both included.
    package struct Range: Sendable, Hashable {
        package var start: Int
        package var end: Int
        package var step: Int

        package init(_ start: Int, to end: Int? = nil, step: Int = 1) {
            self.start = start
            self.end = end ?? start
            self.step = step
        }
    }
}

/// A schedule with what it has done and will do.
package struct ScheduleDescription: Sendable {
    package var id: String
    package var schedule: Schedule
    package var memo: [String: Payload]
    package var searchAttributes: SearchAttributes
    package var actionCount: Int
    package var missedCatchUpWindow: Int
    package var skippedByOverlap: Int
    package var running: [WorkflowExecution.Identity]
    /// The last ten starts, oldest first.
    package var recentActions: [ScheduleAction]
    package var nextTimes: [Timestamp]
    package var created: Timestamp?
    package var updated: Timestamp?
    /// Changes with the schedule: an update that carries an old one is refused.
    package var conflictToken: [UInt8]
}

/// One start that a schedule made.
package struct ScheduleAction: Sendable {
    package var scheduled: Timestamp
    package var actual: Timestamp
    package var workflow: WorkflowExecution.Identity
    package var status: WorkflowStatus
}

/// A schedule as lists tell it; eventually consistent.
package struct ScheduleSummary: Sendable {
    package var id: String
    package var workflowType: String
    package var spec: ScheduleSpec
    package var note: String
    package var isPaused: Bool
    package var memo: [String: Payload]
    package var searchAttributes: SearchAttributes
    package var recentActions: [ScheduleAction]
    package var nextTimes: [Timestamp]
}
