import Foundation

/// What a `KitchenSink` does, as JSON: exactly one of the fields.
struct Action: Codable, Sendable {
    struct Activity: Codable, Sendable {
        var type: String
        var input: String? = nil
        var queue: String? = nil
        var startToClose: Double? = 10
        var heartbeat: Double? = nil
        /// 0: no bound.
        var attempts: Int? = 1
        /// `try`, `wait` or `abandon`.
        var cancellation: String? = nil
        /// A failure is logged, not thrown.
        var isCaught: Bool? = nil
    }

    var activity: Activity?
    /// Seconds.
    var sleep: Double?
    /// Waits for one of this name.
    var signal: String?
    var parallel: [[Action]]?
    /// The first branch to end cancels the others.
    var race: [[Action]]?
    var say: String?
    var fail: String?
    var continueAsNew: [Action]?

    static func activity(_ type: String, _ input: String = "", configure: (inout Activity) -> Void = { _ in }) -> Action
    {
        var activity = Activity(type: type, input: input)
        configure(&activity)
        return Action(activity: activity)
    }
    static func sleep(_ seconds: Double) -> Action { Action(sleep: seconds) }
    static func signal(_ name: String) -> Action { Action(signal: name) }
    static func parallel(_ branches: [[Action]]) -> Action { Action(parallel: branches) }
    static func race(_ branches: [[Action]]) -> Action { Action(race: branches) }
    static func say(_ text: String) -> Action { Action(say: text) }
    static func fail(_ text: String) -> Action { Action(fail: text) }
    static func continueAsNew(_ actions: [Action]) -> Action { Action(continueAsNew: actions) }
}
