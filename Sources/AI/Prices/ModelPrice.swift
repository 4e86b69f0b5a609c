/// What a model costs, in micro-dollars per million tokens (that is: dollars per million tokens, times 1,000,000).
package struct ModelPrice: Sendable, Hashable {
    package var inputMicrodollarsPerMillion: Int64
    package var outputMicrodollarsPerMillion: Int64
    /// The day from which we know this price, `YYYY-MM-DD`.
    package var effectiveFrom: String

    package init(
        inputMicrodollarsPerMillion: Int64, outputMicrodollarsPerMillion: Int64, effectiveFrom: String
    ) {
        self.inputMicrodollarsPerMillion = inputMicrodollarsPerMillion
        self.outputMicrodollarsPerMillion = outputMicrodollarsPerMillion
        self.effectiveFrom = effectiveFrom
    }

    /// The cost of a call in micro-dollars, input and output together rounded up once.
    ///
    /// Saturates instead of overflowing: token counts come from outside.
    package func cost(inputTokens: Int, outputTokens: Int) -> Int64 {
        let parts = [(inputTokens, inputMicrodollarsPerMillion), (outputTokens, outputMicrodollarsPerMillion)]
        var whole: Int64 = 0
        for (tokens, rate) in parts {
            let (product, overflow) = Int64(max(0, tokens)).multipliedReportingOverflow(by: rate)
            guard !overflow else { return .max }
            let (sum, carried) = whole.addingReportingOverflow(product)
            guard !carried else { return .max }
            whole = sum
        }
        return whole / 1_000_000 + (whole % 1_000_000 == 0 ? 0 : 1)
    }

    /// List prices of the models we offer without configuration, newest first.
    ///
    /// Read on the day of `effectiveFrom` from a public price map, not from the vendor's own page; configuration
    /// overrides them.
    package static let table: [String: ModelPrice] = [
        "gpt-6.1-sol": listed(input: 2_000_000, output: 10_000_000),
        "gpt-6.1-terra": listed(input: 1_000_000, output: 5_000_000),
        "gpt-6-luna": listed(input: 100_000, output: 500_000),
        "gpt-5.6-luna": listed(input: 200_000, output: 1_200_000),
    ]

    private static func listed(input: Int64, output: Int64) -> ModelPrice {
        ModelPrice(
            inputMicrodollarsPerMillion: input, outputMicrodollarsPerMillion: output, effectiveFrom: "2026-11-22")
    }
}
