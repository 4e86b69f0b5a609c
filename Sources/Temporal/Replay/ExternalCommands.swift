/// Signals to other workflows and cancels of them, from the record of their sending to the answer.
struct ExternalCommands: Sendable {
    typealias CancelAsker = OutgoingCommand.CancelAsker

    enum Answer {
        case job(Job)
        case childAsked(Seq)
        case nothing
    }

    private var signals: [Int64: (seq: Seq, workflowID: String)] = [:]
    private var cancels: [Int64: (asker: CancelAsker, workflowID: String)] = [:]
    private var signalNumbers = Numbering(.signal)
    private var cancelNumbers = Numbering(.cancel)

    var count: Int { signals.count + cancels.count }

    var open: [String] {
        signals.values.map(\.seq).sorted().map { "signal \($0) to another workflow" }
            + cancels.keys.sorted().compactMap { cancels[$0].map { "cancel of workflow \($0.workflowID)" } }
    }

    mutating func signal(
        _ seq: Seq, _ target: ExternalTarget, _ call: SignalCall, _ queue: inout CommandQueue
    ) throws(MachineFault) {
        try signalNumbers.take(seq)
        queue.append(.signalExternal(seq, target, call))
    }

    mutating func cancel(
        _ seq: Seq, _ target: ExternalTarget, _ reason: String, _ queue: inout CommandQueue
    ) throws(MachineFault) {
        try cancelNumbers.take(seq)
        queue.append(.cancelExternal(.machine(seq), target, reason: reason))
    }

    mutating func recordedSignal(_ seq: Seq, to target: ExternalTarget, by eventID: Int64) {
        signals[eventID] = (seq, target.workflowID)
    }

    mutating func recordedCancel(_ asker: CancelAsker, of target: ExternalTarget, by eventID: Int64) {
        cancels[eventID] = (asker, target.workflowID)
    }

    mutating func resolve(_ event: HistoryEvent) throws(NonDeterminism) -> Answer {
        switch event.kind {
        case .externalSignaled(let initiated): return try endSignal(initiated, event, nil)
        case .externalSignalFailed(let initiated, let reason): return try endSignal(initiated, event, reason)
        case .externalCancelRequested(let initiated): return try endCancel(initiated, event, nil)
        case .externalCancelFailed(let initiated, let reason): return try endCancel(initiated, event, reason)
        default: return .nothing
        }
    }

    private mutating func endSignal(
        _ initiated: Int64, _ event: HistoryEvent, _ reason: String?
    ) throws(NonDeterminism) -> Answer {
        guard let (seq, workflowID) = signals.removeValue(forKey: initiated) else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: "no such signal")
        }
        let failure = reason.map { Failure.application("workflow \(workflowID) was not signaled: \($0)", type: $0) }
        return .job(.externalSignal(seq, failure))
    }

    private mutating func endCancel(
        _ initiated: Int64, _ event: HistoryEvent, _ reason: String?
    ) throws(NonDeterminism) -> Answer {
        guard let (asker, workflowID) = cancels.removeValue(forKey: initiated) else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: "no such cancel")
        }
        switch asker {
        case .child(let seq):
            // One that could not be asked has ended: that event tells the machine.
            return reason == nil ? .childAsked(seq) : .nothing
        case .machine(let seq):
            let failure = reason.map {
                Failure.application("workflow \(workflowID) was not cancelled: \($0)", type: $0)
            }
            return .job(.externalCancel(seq, failure))
        }
    }
}
