/// Which of a tier's models is asked first.
package enum SelectionOrder: String, Sendable, Hashable, CaseIterable {
    /// As the tier lists them.
    case listed
    /// The cheapest first, by the operation's size and how often the model answers; `local` keeps its place at the end.
    case cost
    /// The quickest first, by the recent 95th percentile.
    case latency
}

extension AIService {
    struct Selection: Sendable {
        var candidates: [Candidate] = []
        /// Why models were left out: the first reason that says more than "unsupported".
        var refusal: AIError?
    }

    /// The models that can perform the operation, in the order in which they are asked. Those that have failed most of
    /// their last calls, or whose answers usually come too late, stand behind the others.
    func select(_ models: [AIModel], for run: OperationRun) -> Selection {
        var selection = Selection()
        for model in models {
            do {
                selection.candidates.append(try candidate(model, for: run))
            } catch {
                if selection.refusal == nil || selection.refusal?.code == .unsupported { selection.refusal = error }
            }
        }
        let left = ContinuousClock.now.duration(to: run.deadline)
        let ranked = selection.candidates.enumerated().map { index, candidate in
            (rank: rank(candidate, at: index, run.operation.kind, left), candidate: candidate)
        }
        selection.candidates = ranked.sorted { $0.rank < $1.rank }.map(\.candidate)
        return selection
    }

    private struct Rank: Comparable {
        var isUnfit: Bool
        /// Micro-dollars or milliseconds; 0 where the list's order decides.
        var weight: Double
        var index: Int

        static func < (one: Rank, other: Rank) -> Bool {
            if one.isUnfit != other.isUnfit { return other.isUnfit }
            return (one.weight, one.index) < (other.weight, other.index)
        }
    }

    private func rank(_ candidate: Candidate, at index: Int, _ kind: AIOperation.Kind, _ left: Duration) -> Rank {
        let figures = health.figures(candidate.model, kind)
        let isUnfit = figures.map { $0.successRate < 0.5 || $0.p95 > left } ?? false
        let weight =
            switch configuration.selection {
            case .listed: 0.0
            case .cost where candidate.isLocal && index > 0: Double.infinity
            // A model that answers every other time costs twice as much.
            case .cost: Double(candidate.likelyMicrodollars) / max(0.05, figures?.successRate ?? 1)
            case .latency where candidate.isLocal && index > 0: Double.infinity
            case .latency: figures?.p95.milliseconds ?? 0
            }
        return Rank(isUnfit: isUnfit && !candidate.isLocal, weight: weight, index: index)
    }

    private func candidate(_ model: AIModel, for run: OperationRun) throws(AIError) -> Candidate {
        guard let provider = providers[model.provider] else {
            throw AIError(.noModel, "the model \(model) is not configured here")
        }
        guard provider.supports(run.operation.kind) else {
            throw AIError(.unsupported, "the model \(model) does not do \(run.operation.kind.rawValue)")
        }
        guard let price = prices.price(model, tenant: run.caller.tenant) else {
            throw AIError(.unpriced, "the model \(model) has no price; configure one to use it")
        }
        let call = try provider.prepare(
            AIRequest(operation: run.operation, model: model.name, outputLimit: price.maximumOutputTokens))
        if let window = price.contextWindow, call.likelyInputTokens + call.maximumOutputTokens > window {
            throw AIError(.contextTooLong, "the text is too long for the model \(model)")
        }
        let tokens = TokenUsage(input: call.likelyInputTokens, output: run.operation.likelyOutputTokens)
        return Candidate(
            model: model, provider: provider, price: price, call: call, likelyMicrodollars: price.cost(tokens))
    }
}

extension AIOperation {
    /// For choosing among models.
    fileprivate var likelyOutputTokens: Int {
        switch self {
        case .generateText(_, _, let maxTokens): maxTokens / 2
        case .classify: 40
        case .summarize(_, let maxWords): maxWords * 3 / 2
        case .extractEntities(let text): 100 + text.utf8.count / 20
        case .personalize(let template, _, _): template.utf8.count / 3
        }
    }
}
