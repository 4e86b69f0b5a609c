package import Temporal

/// A random workflow, what is sent to it from outside, and what must become of it.
package struct Tree: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// One step at a time: the same commands in the same order, whoever works on it.
        case sequential
        /// Everything.
        case concurrent
        /// Everything but what a worker that dies makes uncertain: attempts that are counted.
        case killable
    }

    /// A child that its parent does not wait for.
    struct Detached: Sendable {
        var name: String
        var end: Prediction
    }

    struct Update: Sendable {
        var id: String
        var actions: [Action]
    }

    enum Interruption: Sendable { case cancel, terminate }

    package let seed: UInt64
    package let kind: Kind
    package var actions: [Action] = []
    /// Sent from outside, each once, with its name as text.
    var signals: [String] = []
    var updates: [Update] = []
    var interruption: Interruption?
    var detached: [Detached] = []
    /// What search attributes and memo hold in the end.
    var attributes: [String: String] = [:]
    var memo: [String: String] = [:]

    /// What a direct evaluation says, without a server.
    package var expected: Prediction {
        switch interruption {
        case .cancel: .cancelled
        case .terminate: .terminated
        case nil: Prediction(of: actions)
        }
    }
}

/// How a workflow ends.
package enum Prediction: Sendable, Hashable {
    case completed([String])
    /// With the text of what went wrong at first.
    case failed(String)
    case cancelled
    case terminated
    /// It waits for ever.
    case blocked

    package init(_ outcome: WorkflowOutcome) {
        switch outcome {
        case .completed(let payloads):
            let log = payloads.first.flatMap { try? DataConverter.decode([String].self, from: $0) }
            self = .completed(log ?? ["no log"])
        case .failed(let failure): self = .failed(failure.root)
        case .cancelled: self = .cancelled
        case .terminated: self = .terminated
        case .timedOut: self = .failed("timed out")
        case .continuedAsNew: self = .failed("continued as new")
        }
    }
}

// MARK: Evaluation

extension Prediction {
    /// Longer than any test: what sleeps so long waits for ever.
    static let never = 3_600.0

    package init(of actions: [Action]) {
        var log: [String] = []
        switch Evaluation.end(of: actions, &log) {
        case .done: self = .completed(log)
        case .failed(let text): self = .failed(text)
        case .blocked: self = .blocked
        }
    }
}

/// Does a tree without a workflow: everything at once takes no time, and what waits for ever is cancelled where it may be.
///
/// Every signal that is waited for comes, with its name as text, but `never`.
private enum Evaluation {
    enum End {
        case done
        case failed(String)
        case blocked
    }

    static func end(of actions: [Action], _ log: inout [String]) -> End {
        for action in actions {
            if let next = action.continueAsNew { return end(of: next, &log) }
            let end = end(of: action, &log)
            guard case .done = end else { return end }
        }
        return .done
    }

    private static func end(of action: Action, _ log: inout [String]) -> End {
        if let activity = action.activity { return end(of: activity, &log) }
        if let seconds = action.sleep { return seconds < Prediction.never ? .done : .blocked }
        if let name = action.signal {
            if name == "never" { return .blocked }
            log.append("\"\(name)\"")
        } else if let branches = action.parallel {
            return end(ofAll: branches, &log)
        } else if let branches = action.race {
            // All but one wait for ever.
            for branch in branches {
                var own: [String] = []
                let end = end(of: branch, &own)
                if case .blocked = end { continue }
                if case .done = end { log += own }
                return end
            }
            return .blocked
        } else if let text = action.say {
            log.append(text)
        } else if let text = action.fail {
            return .failed(text)
        } else if let attempt = action.attempt {
            let end = end(of: attempt, &log)
            guard case .failed(let text) = end else { return end }
            log.append("caught \(text)")
        } else if let child = action.child {
            return end(of: child, &log)
        } else if let message = action.tell, message.to == "nobody" {
            let what = message.signal == nil ? "cancelled" : "signaled"
            return .failed("workflow nobody was not \(what): ExternalWorkflowExecutionNotFound")
        }
        return .done
    }

    /// A failure ends them all; else they end together.
    private static func end(ofAll branches: [[Action]], _ log: inout [String]) -> End {
        var inner: [String] = []
        var isBlocked = false
        for branch in branches {
            switch end(of: branch, &inner) {
            case .done: break
            case .blocked: isBlocked = true
            case .failed(let text): return .failed(text)
            }
        }
        if isBlocked { return .blocked }
        log += inner
        return .done
    }

    private static func end(of activity: Action.Activity, _ log: inout [String]) -> End {
        switch activity.type {
        case "echo": log.append("\"\(activity.input ?? "")\"")
        case "refuse": return .failed("never")
        case "slow": return .blocked
        case "sleep": return .failed("activity StartToClose timeout")
        case "work":
            guard let work = KitchenSink.Work(activity.input ?? "") else { return .failed("unreadable work") }
            if let attempts = activity.attempts, attempts > 0, work.failures >= attempts {
                return .failed("attempt failed")
            }
            log.append("\"\(work.value)\"")
        default: return .failed("unknown activity")
        }
        return .done
    }

    private static func end(of child: Action.Child, _ log: inout [String]) -> End {
        if child.isDetached == true { return .done }
        var inner: [String] = []
        switch end(of: child.actions, &inner) {
        case .done: log.append("child(\(inner.joined(separator: ", ")))")
        case .failed(let text): return .failed(text)
        case .blocked:
            if child.meanwhile?.contains(where: { $0.tell?.signal == nil && $0.tell?.to == "child" }) == true {
                return .failed("Child workflow cancelled")
            }
            if child.timeout != nil { return .failed("Child workflow timed out") }
            return .blocked
        }
        return .done
    }
}
