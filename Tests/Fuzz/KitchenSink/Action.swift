/// What a `KitchenSink` does, as JSON: exactly one of the fields.
package struct Action: Codable, Sendable {
    package struct Activity: Codable, Sendable {
        package var type: String
        package var input: String? = nil
        package var queue: String? = nil
        package var startToClose: Double? = 10
        package var heartbeat: Double? = nil
        /// 0: no bound.
        package var attempts: Int? = 1
        /// `try`, `wait` or `abandon`.
        package var cancellation: String? = nil
        /// A failure is logged, not thrown.
        package var isCaught: Bool? = nil
    }

    package struct Child: Codable, Sendable {
        package var actions: [Action]
        /// The child's own id; a number when nil.
        package var name: String? = nil
        /// Done once it runs, whatever becomes of it.
        package var isDetached: Bool? = nil
        /// Done beside the child, from when it runs; here the target `child` is this one.
        package var meanwhile: [Action]? = nil
        /// `try`, `waitRequested`, `wait` or `abandon`.
        package var cancellation: String? = nil
        /// `terminate`, `cancel` or `abandon`.
        package var whenParentCloses: String? = nil
        /// Seconds.
        package var timeout: Double? = nil
    }

    /// To another workflow.
    package struct Message: Codable, Sendable {
        /// `parent`, `child` (see `Child.meanwhile`) or a workflow id.
        package var to: String
        /// Of the signal, which carries its name as text; nil: a cancel.
        package var signal: String? = nil
    }

    package var activity: Activity?
    /// Seconds.
    package var sleep: Double?
    /// Waits for one of this name, and logs its text.
    package var signal: String?
    package var parallel: [[Action]]?
    /// The first branch to end cancels the others.
    package var race: [[Action]]?
    package var say: String?
    package var fail: String?
    package var continueAsNew: [Action]?
    /// A failure within is logged, not thrown.
    package var attempt: [Action]?
    package var child: Child?
    package var tell: Message?
    /// A signal to this workflow itself, without the server.
    package var emit: String?
    /// Search attributes, all keywords.
    package var attributes: [String: String]?
    package var memo: [String: String]?

    package static func activity(
        _ type: String, _ input: String = "", configure: (inout Activity) -> Void = { _ in }
    ) -> Action {
        var activity = Activity(type: type, input: input)
        configure(&activity)
        return Action(activity: activity)
    }
    package static func sleep(_ seconds: Double) -> Action { Action(sleep: seconds) }
    package static func signal(_ name: String) -> Action { Action(signal: name) }
    package static func parallel(_ branches: [[Action]]) -> Action { Action(parallel: branches) }
    package static func race(_ branches: [[Action]]) -> Action { Action(race: branches) }
    package static func say(_ text: String) -> Action { Action(say: text) }
    package static func fail(_ text: String) -> Action { Action(fail: text) }
    package static func continueAsNew(_ actions: [Action]) -> Action { Action(continueAsNew: actions) }
    package static func attempt(_ actions: [Action]) -> Action { Action(attempt: actions) }
    package static func child(_ actions: [Action], configure: (inout Child) -> Void = { _ in }) -> Action {
        var child = Child(actions: actions)
        configure(&child)
        return Action(child: child)
    }
    package static func tell(_ workflow: String, _ signal: String) -> Action {
        Action(tell: Message(to: workflow, signal: signal))
    }
    package static func stop(_ workflow: String) -> Action { Action(tell: Message(to: workflow)) }
    package static func emit(_ name: String) -> Action { Action(emit: name) }
    package static func attributes(_ values: [String: String]) -> Action { Action(attributes: values) }
    package static func memo(_ fields: [String: String]) -> Action { Action(memo: fields) }
}

extension Action {
    /// All actions of a tree, children's included.
    package static func all(in actions: [Action]) -> [Action] {
        actions.flatMap { action in
            let parts =
                (action.parallel ?? action.race ?? []) + [action.attempt, action.continueAsNew].compactMap { $0 }
                + [action.child?.actions, action.child?.meanwhile].compactMap { $0 }
            return [action] + parts.flatMap(all)
        }
    }
}
