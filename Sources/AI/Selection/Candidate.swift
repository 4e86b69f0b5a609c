/// A model that can perform an operation, with the call that would do it.
struct Candidate: Sendable {
    let model: AIModel
    let provider: any AIProvider
    let price: ModelPrice
    let call: PreparedCall
    /// What it will probably cost, in micro-dollars.
    let likelyMicrodollars: Int64

    /// The most that the call can cost, in micro-dollars.
    var maximum: Int64 { price.maximum(of: call) }

    /// Computed in this process: it takes neither money nor tokens.
    var isLocal: Bool { model == .local }
}

extension ModelPrice {
    func maximum(of call: PreparedCall) -> Int64 {
        maximum(inputTokens: call.maximumInputTokens, outputTokens: call.maximumOutputTokens)
    }
}
