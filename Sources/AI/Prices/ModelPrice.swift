package import Foundation

/// What a model costs from a day on, and its limits.
package struct ModelPrice: Sendable, Hashable {
    /// In micro-dollars per million tokens (that is: dollars per million tokens, times 1,000,000).
    package struct Rates: Sendable, Hashable {
        package var input: Int64
        /// nil: as `input`.
        package var cachedInput: Int64?
        /// nil: as `input`.
        package var cacheWrite: Int64?
        package var output: Int64

        package init(input: Int64, cachedInput: Int64? = nil, cacheWrite: Int64? = nil, output: Int64) {
            self.input = input
            self.cachedInput = cachedInput
            self.cacheWrite = cacheWrite
            self.output = output
        }
    }

    /// The rates of a call whose input is longer than `threshold` tokens, for all of its tokens.
    package struct LongContext: Sendable, Hashable {
        package var threshold: Int
        package var rates: Rates

        package init(threshold: Int, rates: Rates) {
            self.threshold = threshold
            self.rates = rates
        }
    }

    /// For which tiers a model is meant; nothing enforces it.
    package enum TierClass: String, Sendable, Hashable {
        case premium, enterprise
        case optIn = "opt-in"
    }

    package var effectiveFrom: Date
    package var rates: Rates
    package var longContext: LongContext?
    /// Of the provider's asynchronous batches.
    package var batch: Rates?
    /// In input tokens.
    package var contextWindow: Int?
    package var maximumOutputTokens: Int?
    /// The provider retires the model on that day.
    package var deprecatedOn: Date?
    package var tierClass: TierClass?

    package init(
        effectiveFrom: Date, rates: Rates, longContext: LongContext? = nil, batch: Rates? = nil,
        contextWindow: Int? = nil, maximumOutputTokens: Int? = nil, deprecatedOn: Date? = nil,
        tierClass: TierClass? = nil
    ) {
        self.effectiveFrom = effectiveFrom
        self.rates = rates
        self.longContext = longContext
        self.batch = batch
        self.contextWindow = contextWindow
        self.maximumOutputTokens = maximumOutputTokens
        self.deprecatedOn = deprecatedOn
        self.tierClass = tierClass
    }
}

extension ModelPrice {
    /// Nothing is to be paid: a server of one's own.
    package var isFree: Bool {
        [rates, longContext?.rates, batch].allSatisfy { rates in
            guard let rates else { return true }
            return rates.input == 0 && rates.output == 0 && (rates.cachedInput ?? 0) == 0
                && (rates.cacheWrite ?? 0) == 0
        }
    }

    /// The cost of a call in micro-dollars, all parts together rounded up once.
    ///
    /// Token counts come from outside: negative ones count as 0, cached ones never beyond all input, and what overflows
    /// saturates.
    package func cost(_ tokens: TokenUsage, inBatch: Bool = false) -> Int64 {
        let input = max(0, tokens.input)
        let cached = min(max(0, tokens.cachedInput), input)
        let written = min(max(0, tokens.cacheWrite), input - cached)
        let rates = inBatch ? batch ?? rates(input: input) : rates(input: input)
        return rates.cost(
            plain: input - cached - written, cached: cached, written: written, output: max(0, tokens.output))
    }

    /// The most that a call of at most so many tokens can cost, however they are cached; saturates.
    package func maximum(inputTokens: Int, outputTokens: Int) -> Int64 {
        let input = max(0, inputTokens)
        let output = max(0, outputTokens)
        func maximum(_ rates: Rates, _ input: Int) -> Int64 {
            var dearest = rates
            dearest.input = max(rates.input, rates.cachedInput ?? 0, rates.cacheWrite ?? 0)
            return dearest.cost(plain: input, cached: 0, written: 0, output: output)
        }
        guard let longContext, input > longContext.threshold else { return maximum(rates, input) }
        // A call that stays below the threshold has the plain rates.
        return max(maximum(rates, longContext.threshold), maximum(longContext.rates, input))
    }

    private func rates(input: Int) -> Rates {
        if let longContext, input > longContext.threshold { longContext.rates } else { rates }
    }
}

extension ModelPrice.Rates {
    /// The wide product of tokens and rates cannot overflow 128 bits.
    fileprivate func cost(plain: Int, cached: Int, written: Int, output: Int) -> Int64 {
        let parts: [(Int, Int64)] = [
            (plain, input), (cached, cachedInput ?? input), (written, cacheWrite ?? input), (output, self.output),
        ]
        var sum: Int128 = 0
        for (tokens, rate) in parts { sum += Int128(tokens) * Int128(max(0, rate)) }
        return Int64(clamping: (sum + 999_999) / 1_000_000)
    }
}
