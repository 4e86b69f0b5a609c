/// How the last calls of a model for one kind of operation went: what the choice among models looks at.
struct CallStatistics: Sendable {
    private struct Call {
        var at: ContinuousClock.Instant
        var latency: Duration
        var succeeded: Bool
    }

    private static let maximumCalls = 100
    static let window: Duration = .seconds(600)
    /// Fewer say too little to judge by.
    static let minimumCalls = 10

    private var calls: [Call] = []

    mutating func add(succeeded: Bool, latency: Duration, at now: ContinuousClock.Instant) {
        if calls.count >= Self.maximumCalls { calls.removeFirst() }
        calls.append(Call(at: now, latency: latency, succeeded: succeeded))
    }

    /// nil before there is enough to judge by.
    func figures(at now: ContinuousClock.Instant) -> Figures? {
        let recent = calls.filter { $0.at >= now - Self.window }
        guard recent.count >= Self.minimumCalls else { return nil }
        let latencies = recent.map(\.latency).sorted()
        // Nearest rank.
        return Figures(
            successRate: Double(recent.count { $0.succeeded }) / Double(recent.count),
            p95: latencies[(latencies.count * 95 + 99) / 100 - 1])
    }

    struct Figures: Sendable, Hashable {
        /// From 0 to 1.
        var successRate: Double
        var p95: Duration
    }
}
