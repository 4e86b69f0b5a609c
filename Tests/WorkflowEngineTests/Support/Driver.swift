import JSON
import WorkflowEngine

/// What the world answers to an activity.
enum Answer: Sendable {
    case completes(JSONValue, after: Int64 = 10)
    /// Gives the activity's input back.
    case echoes(after: Int64 = 10)
    case fails(WorkflowError, after: Int64 = 10)
    case isCancelled(after: Int64 = 10)
    case never

    static func fails(_ type: String, _ status: Int, after: Int64 = 10) -> Answer {
        let type = "https://open-workflow-specification.org/spec/1.0.0/errors/" + type
        return .fails(
            WorkflowError(type: type, status: status, title: "scripted", detail: "as the script says"), after: after)
    }
}

/// The world around a run: virtual time, timers that fire and activities that answer by a script.
struct Driver {
    var interpreter: Interpreter
    var now: Int64 = 1_000_000
    /// Called for every scheduled activity with the number of calls of the same step before.
    let answer: (ActivityRequest, Int) -> Answer
    private(set) var events: [(event: Event, now: Instant)] = []
    private(set) var effects: [Effect] = []
    private(set) var requests: [ActivityRequest] = []

    private var pending: [(due: Int64, order: Int, event: Event, activity: ActivityID?, timer: TimerID?)] = []
    private var order = 0
    private var calls: [String: Int] = [:]

    init(_ interpreter: Interpreter, answer: @escaping (ActivityRequest, Int) -> Answer) {
        self.interpreter = interpreter
        self.answer = answer
    }

    /// Goes on with the successor of a run that continued as new.
    init(continuing driver: Driver, as interpreter: Interpreter) {
        self.init(interpreter, answer: driver.answer)
        now = driver.now
        calls = driver.calls
    }

    var isStuck: Bool { pending.isEmpty && interpreter.outcome == nil }

    /// Applies an event, and takes note of what the run asks for.
    mutating func apply(_ event: Event) {
        let moment = Instant(milliseconds: now)
        events.append((event, moment))
        for effect in interpreter.apply(event, now: moment) {
            effects.append(effect)
            perform(effect)
        }
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .scheduleActivity(let id, let request):
            requests.append(request)
            let count = calls[request.step, default: 0]
            calls[request.step] = count + 1
            switch answer(request, count) {
            case .completes(let value, let after): expect(.activityCompleted(id, value), after, activity: id)
            case .echoes(let after): expect(.activityCompleted(id, request.input), after, activity: id)
            case .fails(let error, let after): expect(.activityFailed(id, error), after, activity: id)
            case .isCancelled(let after): expect(.activityCancelled(id), after, activity: id)
            case .never: break
            }
        case .cancelActivity(let id): pending.removeAll { $0.activity == id }
        case .startTimer(let id, let milliseconds, _): expect(.timerFired(id), milliseconds, timer: id)
        case .cancelTimer(let id): pending.removeAll { $0.timer == id }
        case .complete, .fail, .cancelled, .continueAsNew: pending.removeAll()
        }
    }

    private mutating func expect(_ event: Event, _ after: Int64, activity: ActivityID? = nil, timer: TimerID? = nil) {
        order += 1
        pending.append((now + after, order, event, activity, timer))
    }

    /// The next event in virtual time; false when nothing is due any more.
    mutating func advance() -> Bool {
        guard interpreter.outcome == nil,
            let next = pending.indices.min(by: {
                (pending[$0].due, pending[$0].order) < (pending[$1].due, pending[$1].order)
            })
        else { return false }
        let due = pending.remove(at: next)
        now = max(now, due.due)
        apply(due.event)
        return true
    }

    /// Runs from the start to the end, or until nothing is due any more.
    mutating func run(limit: Int = 10_000) {
        apply(.start)
        finish(limit: limit)
    }

    mutating func finish(limit: Int = 10_000) {
        var count = 0
        while count < limit, advance() { count += 1 }
    }
}

extension Effect {
    /// One line, comparable and readable.
    var line: String {
        switch self {
        case .scheduleActivity(let id, let request): "activity \(id) \(request.step) \(request.input.serialized())"
        case .cancelActivity(let id): "cancel activity \(id)"
        case .startTimer(let id, let milliseconds, let summary): "timer \(id) \(milliseconds) \(summary)"
        case .cancelTimer(let id): "cancel timer \(id)"
        case .complete(let value): "complete \(value.serialized())"
        case .fail(let error): "fail \(error.json.serialized())"
        case .cancelled(let reason): "cancelled \(reason)"
        case .continueAsNew(let snapshot): "continue as new \(snapshot.json.serialized())"
        }
    }
}
