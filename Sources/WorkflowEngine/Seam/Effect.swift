package import JSON

/// What a run asks of the world, in order. At most one of the last four, and then as the last one.
package enum Effect: Sendable, Hashable {
    case scheduleActivity(ActivityID, ActivityRequest)
    case cancelActivity(ActivityID)
    /// `summary` is for people: the step's name.
    case startTimer(TimerID, milliseconds: Int64, summary: String)
    case cancelTimer(TimerID)
    case complete(JSONValue)
    case fail(WorkflowError)
    case cancelled(reason: String)
    case continueAsNew(Snapshot)
}

package struct ActivityRequest: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        /// A catalogued function.
        case function(name: String, version: String?)
        /// The `http` call; `input` is its evaluated `with`, the endpoint's URI expanded.
        case http
        /// An activity of any worker, by name.
        case activity(name: String, taskQueue: String)

        /// The function's or activity's name.
        package var name: String {
            switch self {
            case .function(let name, _), .activity(let name, _): name
            case .http: "http"
            }
        }
    }

    package var target: Target
    package var input: JSONValue
    /// The calling task as a JSON Pointer: `/do/0/extract`.
    package var position: String
    package var step: String
    /// Milliseconds; nil: the worker's defaults.
    package var scheduleToClose: Int64?
    package var scheduleToStart: Int64?
    package var startToClose: Int64?
    package var heartbeat: Int64?
    /// Temporal's retry policy as the definition gives it; nil: the worker's default.
    package var retry: JSONObject?
    /// The enhancement point the call belongs to, nil outside of one and in its fallback.
    package var enhancement: String?
    /// Arguments that need secrets: the engine does not know those, so the worker of the call evaluates the expressions.
    /// `input` shows their text in their places.
    package var deferred: [DeferredArgument] = []

    package init(target: Target, input: JSONValue, position: String, step: String) {
        self.target = target
        self.input = input
        self.position = position
        self.step = step
    }
}

/// An expression over secrets with everything else that it sees.
package struct DeferredArgument: Sendable, Hashable {
    /// In the call's input.
    package var place: JSONPointer
    /// jq.
    package var expression: String
    /// `.`; null where the expression does not look at it.
    package var input: JSONValue
    /// The values of the other names that the expression uses, without `$`.
    package var variables: JSONObject
    /// Names.
    package var secrets: [String]

    package init(
        place: JSONPointer, expression: String, input: JSONValue, variables: JSONObject, secrets: [String]
    ) {
        self.place = place
        self.expression = expression
        self.input = input
        self.variables = variables
        self.secrets = secrets
    }
}

/// How a run ended.
package enum Outcome: Sendable, Hashable {
    case completed(JSONValue)
    case failed(WorkflowError)
    case cancelled(reason: String)
    /// Goes on in a new run.
    case continued
}
