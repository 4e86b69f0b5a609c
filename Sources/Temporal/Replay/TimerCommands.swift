/// Each timer: unsent → started → fired, or cancelled on the way.
struct TimerCommands: Sendable {
    private enum Timer: Sendable {
        case unsent(place: Int)
        case started, cancelling
    }

    private var timers: [Seq: Timer] = [:]
    private var numbers = Numbering(.timer)

    var count: Int { timers.count }
    var open: [String] { timers.keys.sorted().map { "timer \($0)" } }

    mutating func start(
        _ seq: Seq, _ duration: Duration, _ summary: String, _ queue: inout CommandQueue
    ) throws(MachineFault) {
        try numbers.take(seq)
        timers[seq] = .unsent(place: queue.append(.startTimer(seq, duration, summary: summary)))
    }

    mutating func cancel(_ seq: Seq, _ queue: inout CommandQueue) throws(MachineFault) {
        try numbers.checkCancel(seq)
        switch timers[seq] {
        case .unsent(let place):
            queue.withdraw(place)
            timers[seq] = nil
        case .started:
            timers[seq] = .cancelling
            queue.append(.cancelTimer(seq))
        case .cancelling, nil: break
        }
    }

    mutating func recordedStart(_ seq: Seq) { timers[seq] = .started }
    mutating func recordedCancel(_ seq: Seq) { timers[seq] = nil }

    mutating func fire(_ id: String, _ event: HistoryEvent) throws(NonDeterminism) -> Job? {
        guard let seq = Seq(id), let timer = timers.removeValue(forKey: seq) else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: "no such timer")
        }
        if case .cancelling = timer { return nil }
        return .timerFired(seq)
    }
}
