/// Each child workflow: unsent → initiated → started → ended.
///
/// A child is asked to cancel only once it runs: a request that overtakes the start finds nothing.
struct ChildCommands: Sendable {
    private struct Child: Sendable {
        enum Phase: Sendable {
            case unsent(place: Int)
            case initiated
            case started
        }
        var type: String
        var workflowID: String
        var cancellation: ChildOptions.CancellationType
        var phase: Phase
        var cancelRequested = false
        /// The machine was told, or told us, that it no longer waits.
        var isSilent = false
    }

    private var children: [Seq: Child] = [:]
    private var childOfEvent: [Int64: Seq] = [:]
    /// Cancelled before they started, and started since.
    private var dueCancels: [Seq] = []
    private var numbers = Numbering(.child)

    var count: Int { children.count }

    var open: [String] {
        children.filter { !$0.value.isSilent }.sorted { $0.key < $1.key }
            .map { "child \($0.key) (\($0.value.type) \($0.value.workflowID))" }
    }

    mutating func start(_ seq: Seq, _ options: ChildOptions, _ queue: inout CommandQueue) throws(MachineFault) {
        try numbers.take(seq)
        children[seq] = Child(
            type: options.workflowType, workflowID: options.workflowID, cancellation: options.cancellation,
            phase: .unsent(place: queue.append(.startChild(seq, options)))
        )
    }

    mutating func cancel(_ seq: Seq, _ queue: inout CommandQueue) throws(MachineFault) -> Job? {
        try numbers.checkCancel(seq)
        guard var child = children[seq], !child.cancelRequested else { return nil }
        child.cancelRequested = true
        child.isSilent = child.cancellation == .tryCancel || child.cancellation == .abandon
        children[seq] = child
        switch child.phase {
        case .unsent(let place):
            queue.withdraw(place)
            children[seq] = nil
            guard !child.isSilent else { return nil }
            return .childStarted(seq, .failure(Self.failure(child, .init(initiatedEventID: 0), .cancelled())))
        case .initiated: break
        case .started: requestCancel(seq, child, &queue)
        }
        return nil
    }

    mutating func requestDueCancels(_ queue: inout CommandQueue) {
        for seq in dueCancels {
            if let child = children[seq] { requestCancel(seq, child, &queue) }
        }
        dueCancels.removeAll()
    }

    private func requestCancel(_ seq: Seq, _ child: Child, _ queue: inout CommandQueue) {
        guard child.cancellation != .abandon else { return }
        let target = ExternalTarget(workflowID: child.workflowID, childOnly: true)
        queue.append(.cancelExternal(.child(seq), target, reason: ""))
    }

    mutating func recorded(_ seq: Seq, by eventID: Int64) {
        children[seq]?.phase = .initiated
        childOfEvent[eventID] = seq
    }

    /// The child was told to cancel.
    mutating func asked(_ seq: Seq) -> Job? {
        guard let child = children[seq], child.cancellation == .waitRequested, !child.isSilent else { return nil }
        children[seq]?.isSilent = true
        return .child(seq, .cancelled(Self.failure(child, .init(initiatedEventID: 0), .cancelled())))
    }

    mutating func resolve(_ event: HistoryEvent) throws(NonDeterminism) -> Job? {
        switch event.kind {
        case .childStarted(let initiated, let runID):
            guard let seq = childOfEvent[initiated], let child = children[seq] else { throw unknown(event) }
            children[seq]?.phase = .started
            if child.cancelRequested { dueCancels.append(seq) }
            return child.isSilent ? nil : .childStarted(seq, .success(runID))
        case .childStartFailed(let end, let reason):
            let (seq, child) = try remove(end, event)
            let cause = Failure.application(
                "child workflow \(child.workflowID) could not be started: \(reason)", type: reason, nonRetryable: true)
            return child.isSilent ? nil : .childStarted(seq, .failure(Self.failure(child, end, cause)))
        case .childCompleted(let end, let result): return try self.end(end, event) { _ in .completed(result) }
        case .childFailed(let end, let cause):
            return try self.end(end, event) { .failed(Self.failure($0, end, cause)) }
        case .childCancelled(let end, let details):
            return try self.end(end, event) { .cancelled(Self.failure($0, end, .cancelled(details))) }
        case .childTimedOut(let end):
            let cause = Failure(
                kind: .timeout(.startToClose, lastHeartbeatDetails: []), message: "Child workflow timed out")
            return try self.end(end, event) { .failed(Self.failure($0, end, cause)) }
        case .childTerminated(let end):
            let cause = Failure(kind: .terminated, message: "Child workflow terminated")
            return try self.end(end, event) { .failed(Self.failure($0, end, cause)) }
        default: return nil
        }
    }

    private mutating func end(
        _ end: HistoryEvent.ChildEnd, _ event: HistoryEvent, _ resolution: (Child) -> Resolution
    ) throws(NonDeterminism) -> Job? {
        let (seq, child) = try remove(end, event)
        return child.isSilent ? nil : .child(seq, resolution(child))
    }

    private mutating func remove(
        _ end: HistoryEvent.ChildEnd, _ event: HistoryEvent
    ) throws(NonDeterminism) -> (Seq, Child) {
        guard let seq = childOfEvent.removeValue(forKey: end.initiatedEventID),
            let child = children.removeValue(forKey: seq)
        else { throw unknown(event) }
        return (seq, child)
    }

    private func unknown(_ event: HistoryEvent) -> NonDeterminism {
        NonDeterminism(eventID: event.id, expected: event.summary, found: "no such child workflow")
    }

    private static func failure(_ child: Child, _ end: HistoryEvent.ChildEnd, _ cause: Failure) -> Failure {
        let kind = Failure.Kind.childWorkflow(
            workflowType: child.type, workflowID: child.workflowID, runID: end.runID, namespace: end.namespace,
            initiatedEventID: end.initiatedEventID, startedEventID: end.startedEventID, retryState: end.retryState
        )
        return Failure(kind: kind, message: "Child Workflow execution failed", cause: cause)
    }
}

extension Failure {
    fileprivate static func cancelled(_ details: [Payload] = []) -> Failure {
        Failure(kind: .canceled(details: details), message: "Child workflow cancelled")
    }
}
