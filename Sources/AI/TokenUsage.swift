/// The tokens that one provider call took.
package struct TokenUsage: Sendable, Hashable {
    /// All input tokens, those read from and written into the provider's cache included.
    package var input: Int
    package var cachedInput: Int
    package var cacheWrite: Int
    /// All output tokens, reasoning included.
    package var output: Int
    package var reasoning: Int
    /// The provider did not report tokens; these are counted from the texts.
    package var isEstimated: Bool

    package init(
        input: Int, cachedInput: Int = 0, cacheWrite: Int = 0, output: Int, reasoning: Int = 0,
        isEstimated: Bool = false
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.output = output
        self.reasoning = reasoning
        self.isEstimated = isEstimated
    }

    package static let none = TokenUsage(input: 0, output: 0)

    package static func += (sum: inout TokenUsage, usage: TokenUsage) {
        sum.input = sum.input.addingSaturated(usage.input)
        sum.cachedInput = sum.cachedInput.addingSaturated(usage.cachedInput)
        sum.cacheWrite = sum.cacheWrite.addingSaturated(usage.cacheWrite)
        sum.output = sum.output.addingSaturated(usage.output)
        sum.reasoning = sum.reasoning.addingSaturated(usage.reasoning)
        sum.isEstimated = sum.isEstimated || usage.isEstimated
    }
}
