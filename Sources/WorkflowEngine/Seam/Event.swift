package import JSON

/// Counted from 1 by each run, one sequence for activities and one for timers.
package typealias ActivityID = UInt32
package typealias TimerID = UInt32

/// What happens to a run. An event about an activity or timer that is no longer open changes nothing.
package enum Event: Sendable, Hashable {
    /// The first event of a new run.
    case start
    /// The first event of a run that goes on from a snapshot of its predecessor: open timers start again, both
    /// sequences count from 1.
    case resume
    case activityCompleted(ActivityID, JSONValue)
    case activityFailed(ActivityID, WorkflowError)
    /// The activity ended as cancelled although nobody here cancelled it: an error like any other.
    case activityCancelled(ActivityID)
    case timerFired(TimerID)
    case cancelRequested(reason: String)
    /// Begin no further step; when no activity is open any more, continue as new.
    case drain
    /// A reset gave the run a new seed.
    case reseed(UInt64)
}
