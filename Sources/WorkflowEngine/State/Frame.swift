import WorkflowDefinition

/// One running task, or one that is about to run.
struct Frame: Sendable {
    enum Phase: String, Sendable {
        /// An unused slot.
        case free
        /// Created, nothing done yet. A drained run leaves frames so.
        case begin
        /// Tasks of the body (or branches) run.
        case body
        /// An activity is open, or has just completed.
        case call
        /// The timer of a `wait` is open, or has just fired.
        case wait
        /// The pause before the next attempt of a `try`.
        case backoff
        /// Tasks of `catch.do` run.
        case handler
        /// Tasks of an enhancement point's fallback run.
        case fallback
    }

    /// Number in the plan.
    var node: Int32
    var parent: FrameID
    /// Place in the parent's list.
    var index: Int32
    var phase = Phase.begin
    var isQueued = false
    /// The enhancement point gave up: what fails from now on is a failure.
    var hasFallenBack = false

    var rawInput: ValueID
    /// After `input.from`; none before.
    var input = ValueID.none
    /// What the last child or the activity gave.
    var result = ValueID.none
    /// Where the last child said to go.
    var directive = FlowDirective.continue

    var startedAt = Instant(milliseconds: 0)
    /// Number in the log; 0: none.
    var step = 0

    // What is open; 0 or none when nothing is.
    var child = FrameID.none
    /// Place of the child in its list; stays when the child has ended.
    var cursor: Int32 = 0
    var activity: ActivityID = 0
    var timer: TimerID = 0
    var timeout: TimerID = 0
    /// Schedule-to-close for the calls inside an enhancement point, in milliseconds.
    var enhancementTimeout: Int64 = 0

    var loop: Loop?
    var attempts: Attempts?
    var fork: Fork?

    struct Loop: Sendable {
        var items: ValueID
        var index = 0
    }

    struct Attempts: Sendable {
        /// From 1.
        var number = 1
        var since: Instant
        /// The timer that bounds this attempt.
        var timer: TimerID = 0
        /// The last error, as the `catch` names it.
        var error = ValueID.none
    }

    struct Fork: Sendable {
        /// One for each branch; none when it has ended.
        var children: [FrameID]
        var outputs: [ValueID]
        var running: Int
        /// The document of the first error of a competing branch.
        var error = ValueID.none
    }

    init(node: Int32, parent: FrameID, index: Int32, rawInput: ValueID) {
        self.node = node
        self.parent = parent
        self.index = index
        self.rawInput = rawInput
    }
}

extension Frame {
    func timer(for purpose: Timer.Purpose) -> TimerID {
        switch purpose {
        case .wait: timer
        case .timeout: timeout
        case .attempt: attempts?.timer ?? 0
        }
    }
}

extension FrameID {
    static let none: FrameID = -1
}
