import AI
import Foundation
import TestSupport
import Testing

@Suite struct ModelPriceTests {
    /// With every rate of its own, so that a part charged at another's shows.
    private static let price = ModelPrice(
        effectiveFrom: .distantPast,
        rates: .init(input: 2_000_000, cachedInput: 100_000, cacheWrite: 2_500_000, output: 10_000_000),
        longContext: .init(
            threshold: 1_000,
            rates: .init(input: 4_000_000, cachedInput: 200_000, cacheWrite: 5_000_000, output: 15_000_000)),
        batch: .init(input: 1_000_000, cachedInput: 50_000, cacheWrite: 1_250_000, output: 5_000_000))

    struct Case: Sendable, CustomTestStringConvertible {
        var tokens: TokenUsage
        var inBatch = false
        var cost: Int64
        var working: String
        var testDescription: String { working }
    }

    /// Worked out by hand: tokens × dollars per million tokens, in micro-dollars, the sum rounded up.
    @Test(arguments: [
        Case(tokens: .init(input: 0, output: 0), cost: 0, working: "nothing"),
        Case(tokens: .init(input: 1, output: 0), cost: 2, working: "1×2"),
        Case(tokens: .init(input: 0, output: 1), cost: 10, working: "1×10"),
        Case(tokens: .init(input: 100, output: 20), cost: 400, working: "100×2 + 20×10"),
        Case(tokens: .init(input: 100, cachedInput: 90, output: 0), cost: 29, working: "10×2 + 90×0.1 = 29"),
        Case(tokens: .init(input: 100, cachedInput: 95, output: 0), cost: 20, working: "5×2 + 95×0.1 = 19.5, up"),
        Case(tokens: .init(input: 100, cacheWrite: 40, output: 0), cost: 220, working: "60×2 + 40×2.5"),
        Case(
            tokens: .init(input: 100, cachedInput: 50, cacheWrite: 41, output: 3), cost: 156,
            working: "9×2 + 50×0.1 + 41×2.5 + 3×10 = 155.5, up"),
        Case(tokens: .init(input: 1, cachedInput: 1, output: 0), cost: 1, working: "0.1, up"),
        Case(tokens: .init(input: 10, cachedInput: 10, output: 0), cost: 1, working: "10×0.1 = 1 exactly"),
        Case(tokens: .init(input: 11, cachedInput: 11, output: 0), cost: 2, working: "1.1, up"),
        Case(
            tokens: .init(input: 10, output: 500, reasoning: 480), cost: 5_020,
            working: "reasoning is part of the output: 10×2 + 500×10"),
        Case(tokens: .init(input: 1_000, output: 10), cost: 2_100, working: "at the threshold: 1000×2 + 10×10"),
        Case(tokens: .init(input: 1_001, output: 10), cost: 4_154, working: "beyond it, all: 1001×4 + 10×15"),
        Case(
            tokens: .init(input: 1_001, cachedInput: 1_000, output: 0), cost: 204,
            working: "cached tokens count for the threshold: 1×4 + 1000×0.2"),
        Case(
            tokens: .init(input: 2_000, cacheWrite: 2_000, output: 1), cost: 10_015, working: "2000×5 + 1×15"),
        Case(tokens: .init(input: 100, output: 20), inBatch: true, cost: 200, working: "batch: 100×1 + 20×5"),
        Case(
            tokens: .init(input: 5_000, cachedInput: 1, output: 0), inBatch: true, cost: 5_000,
            working: "batch: 4999×1 + 0.05, up"),
        Case(tokens: .init(input: 10, cachedInput: 500, output: 0), cost: 1, working: "no more cached than there is"),
        Case(
            tokens: .init(input: 10, cachedInput: 8, cacheWrite: 8, output: 0), cost: 6,
            working: "8 cached leave 2 to write: 0.8 + 5 = 5.8, up"),
        Case(tokens: .init(input: -5, cachedInput: -1, cacheWrite: .min, output: .min), cost: 0, working: "negative"),
        Case(tokens: .init(input: .max, output: .max), cost: .max, working: "saturates"),
    ])
    func costsAreAsWorkedOutByHand(test: Case) {
        #expect(Self.price.cost(test.tokens, inBatch: test.inBatch) == test.cost)
    }

    @Test func withoutRatesOfTheirOwnCachedTokensCostAsInput() {
        let price = ModelPrice(effectiveFrom: .distantPast, rates: .init(input: 3_000_000, output: 0))
        #expect(price.cost(.init(input: 10, cachedInput: 4, cacheWrite: 4, output: 0)) == 30)
        #expect(price.cost(.init(input: 10, output: 0), inBatch: true) == 30)
    }

    /// For any rates and tokens: never negative, never above the maximum for as many or more tokens, and never less for more
    /// tokens of a part at the same rates.
    @Test func costsKeepTheirBounds() {
        var random = SeededGenerator(seed: 7)
        func rates() -> ModelPrice.Rates {
            func rate() -> Int64 {
                [0, 1, 999, Int64.random(in: 0...60_000_000, using: &random)].randomElement(using: &random)!
            }
            return .init(
                input: rate(), cachedInput: Bool.random(using: &random) ? rate() : nil,
                cacheWrite: Bool.random(using: &random) ? rate() : nil, output: rate())
        }
        func count() -> Int {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: Int.random(in: .min ... .max, using: &random)
            case 1: 0
            default: Int.random(in: 0...200_000, using: &random)
            }
        }
        for _ in 0..<20_000 {
            let price = ModelPrice(
                effectiveFrom: .distantPast, rates: rates(),
                longContext: Bool.random(using: &random)
                    ? .init(threshold: Int.random(in: 0...200_000, using: &random), rates: rates()) : nil)
            let tokens = TokenUsage(
                input: count(), cachedInput: count(), cacheWrite: count(), output: count(), reasoning: count())
            let cost = price.cost(tokens)
            #expect(cost >= 0)
            let input = max(0, tokens.input)
            let output = max(0, tokens.output)
            let (moreInput, inputOverflow) = input.addingReportingOverflow(Int.random(in: 0...1000, using: &random))
            let (moreOutput, outputOverflow) = output.addingReportingOverflow(Int.random(in: 0...1000, using: &random))
            #expect(
                cost
                    <= price.maximum(
                        inputTokens: inputOverflow ? .max : moreInput, outputTokens: outputOverflow ? .max : moreOutput),
                "\(price) \(tokens)")
            var more = tokens
            more.output = outputOverflow ? .max : moreOutput
            #expect(price.cost(more) >= cost, "\(price) \(tokens)")
            // Plain input tokens more, on the same side of the threshold.
            more = tokens
            more.cachedInput = 0
            more.cacheWrite = 0
            let base = price.cost(more)
            more.input = inputOverflow ? .max : moreInput
            if price.longContext.map({ (more.input > $0.threshold) == (input > $0.threshold) }) ?? true {
                #expect(price.cost(more) >= base, "\(price) \(tokens)")
            }
        }
    }

    @Test func theMaximumCoversCheaperLongContexts() {
        let price = ModelPrice(
            effectiveFrom: .distantPast, rates: .init(input: 10_000_000, output: 0),
            longContext: .init(threshold: 100, rates: .init(input: 1_000_000, output: 0)))
        // 100 tokens at 10 are dearer than 101 at 1.
        #expect(price.maximum(inputTokens: 101, outputTokens: 0) == 1_000)
        #expect(price.maximum(inputTokens: 5_000, outputTokens: 0) == 5_000)
        #expect(price.maximum(inputTokens: .max, outputTokens: .max) == Int64(Int.max))
    }
}
