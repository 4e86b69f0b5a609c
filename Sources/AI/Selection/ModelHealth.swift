import Synchronization

/// How models fare in this process: which are left alone, how the last calls went.
final class ModelHealth: Sendable {
    private struct Model {
        var breaker: CircuitBreaker
        var statistics: [AIOperation.Kind: CallStatistics] = [:]
        /// It cost more than its maximum: no cap holds for it any more.
        var isBlocked = false
    }

    /// Whether a model may be asked.
    enum Standing: Sendable, Hashable {
        case available
        /// For the one call that decides whether the model is asked again.
        case probing
        /// For how long; nil while another call tries it.
        case circuitOpen(Duration?)
        case blocked
    }

    private let configuration: CircuitBreaker.Configuration
    private let models = Mutex<[AIModel: Model]>([:])

    init(_ configuration: CircuitBreaker.Configuration = .init()) { self.configuration = configuration }

    /// Lets a call through, or says why not. Who is let through calls `ended`.
    func admit(_ model: AIModel, at now: ContinuousClock.Instant = .now) -> Standing {
        change(model) { entry in
            if entry.isBlocked { return .blocked }
            return switch entry.breaker.admit(at: now) {
            case .admitted: .available
            case .probe: .probing
            case .refused: .circuitOpen(entry.breaker.pause(at: now))
            }
        }
    }

    func ended(
        _ model: AIModel, _ kind: AIOperation.Kind, _ outcome: CircuitBreaker.Outcome, latency: Duration,
        asProbe: Bool, at now: ContinuousClock.Instant = .now
    ) {
        change(model) { entry in
            entry.breaker.ended(outcome, asProbe: asProbe, at: now)
            guard outcome != .none else { return }
            entry.statistics[kind, default: .init()].add(succeeded: outcome == .success, latency: latency, at: now)
        }
    }

    func block(_ model: AIModel) { change(model) { $0.isBlocked = true } }

    /// After prices have changed.
    func unblockAll() {
        models.withLock { models in
            for model in models.keys { models[model]?.isBlocked = false }
        }
    }

    func standing(_ model: AIModel, at now: ContinuousClock.Instant = .now) -> Standing {
        models.withLock { models in
            guard let entry = models[model] else { return .available }
            if entry.isBlocked { return .blocked }
            return entry.breaker.isClosed ? .available : .circuitOpen(entry.breaker.pause(at: now))
        }
    }

    func figures(
        _ model: AIModel, _ kind: AIOperation.Kind, at now: ContinuousClock.Instant = .now
    ) -> CallStatistics.Figures? {
        models.withLock { $0[model]?.statistics[kind]?.figures(at: now) }
    }

    private func change<Result: Sendable>(_ model: AIModel, _ body: (inout Model) -> Result) -> Result {
        models.withLock { body(&$0[model, default: Model(breaker: CircuitBreaker(configuration))]) }
    }
}
