import JSON
import WorkflowDefinition

extension Interpreter {
    /// Runs the tasks of a `try` again, or for the first time.
    mutating func beginAttempt(_ frame: FrameID) throws(WorkflowError) {
        guard case .try(let block) = node(frame).task.kind else { return }
        let input = self[frame].input
        self[frame].attempts?.number += 1
        self[frame].phase = .body
        if let timeout = block.catch.retry?.attemptTimeout {
            let duration = try milliseconds(timeout, Scope(frame, hasInput: true), on: input)
            let timer = startTimer(frame, .attempt, milliseconds: duration)
            self[frame].attempts?.timer = timer
        }
        if !startList(of: frame, input: input) { try finish(frame, with: input) }
    }

    /// Takes an error that rose from the body; false: it is not for this `catch`.
    mutating func handle(
        _ frame: FrameID, _ clause: CatchClause, _ error: WorkflowError
    ) throws(WorkflowError) -> Bool {
        guard clause.matches(error) else { return false }
        let document = try insert(error.json)
        self[frame].attempts?.error = document
        let input = self[frame].input
        let scope = Scope(frame, hasInput: true, bindsOwn: true)
        if let when = clause.when, !(try test(when, on: input, scope)) { return false }
        if let except = clause.exceptWhen, try test(except, on: input, scope) { return false }
        if let retry = clause.retry {
            if try startRetry(frame, retry, scope) { return true }
            // Without a handler the clause only asked for attempts: the last error is the task's.
            if clause.tasks == nil, clause.then == nil { return false }
        }
        self[frame].phase = .handler
        if !startList(of: frame, input: input) { try finish(frame, with: input, directive: clause.then) }
        return true
    }

    /// The last task of `catch.do` has ended.
    mutating func finishHandler(_ frame: FrameID) throws(WorkflowError) {
        guard case .try(let block) = node(frame).task.kind else { return }
        try finish(frame, with: self[frame].result, directive: block.catch.then)
    }

    private mutating func startRetry(
        _ frame: FrameID, _ retry: RetryTemplate, _ scope: Scope
    ) throws(WorkflowError) -> Bool {
        let input = self[frame].input
        guard let attempts = self[frame].attempts else { return false }
        if let limit = retry.attempts, attempts.number > limit { return false }
        if let when = retry.when, !(try test(when, on: input, scope)) { return false }
        if let except = retry.exceptWhen, try test(except, on: input, scope) { return false }
        let delay = try pause(before: attempts.number, retry, scope, on: input)
        if let limit = retry.limit {
            let spent = turn.now.milliseconds - attempts.since.milliseconds
            if spent + delay > (try milliseconds(limit, scope, on: input)) { return false }
        }
        self[frame].phase = .backoff
        if delay > 0 {
            self[frame].timer = startTimer(frame, .wait, milliseconds: delay)
        } else {
            enqueue(frame)
        }
        return true
    }

    /// The pause before retry `number` (from 1): constant, `number` times the delay, or doubled each time; plus jitter.
    private mutating func pause(
        before number: Int, _ retry: RetryTemplate, _ scope: Scope, on input: ValueID
    ) throws(WorkflowError) -> Int64 {
        var delay: Int64 = 0
        if let template = retry.delay { delay = try milliseconds(template, scope, on: input) }
        let factor: Int64 =
            switch retry.backoff {
            case .constant: 1
            case .linear: Int64(number)
            case .exponential: 1 << Int64(min(number - 1, 62))
            }
        let (product, overflow) = delay.multipliedReportingOverflow(by: factor)
        delay = overflow ? DurationValue.longest : min(product, DurationValue.longest)
        guard let from = retry.jitterFrom, let to = retry.jitterTo else { return delay }
        let low = try milliseconds(from, scope, on: input)
        let high = max(low, try milliseconds(to, scope, on: input))
        return delay + low + Int64(state.random.next() % UInt64(high - low + 1))
    }
}

extension CatchClause {
    /// Every member of `errors.with` equals the error's; types by their canonical name.
    fileprivate func matches(_ error: WorkflowError) -> Bool {
        for (key, expected) in with {
            let equal =
                switch key {
                case "type": expected.string.map(ErrorType.canonical) == ErrorType.canonical(error.type)
                case "status": expected.double == Double(error.status)
                case "title": expected.string == error.title
                case "detail": expected.string == error.detail
                case "instance": expected.string == error.instance
                default: false
                }
            if !equal { return false }
        }
        return true
    }
}
