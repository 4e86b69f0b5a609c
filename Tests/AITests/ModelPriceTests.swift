import AI
import Testing

@Suite struct ModelPriceTests {
    /// Worked out by hand: tokens × dollars per million tokens, in micro-dollars, the sum rounded up.
    @Test(arguments: [
        ("gpt-6-luna", 0, 0, 0),
        ("gpt-6-luna", 1, 0, 1),  // 0.1
        ("gpt-6-luna", 10, 0, 1),  // 1.0
        ("gpt-6-luna", 11, 0, 2),  // 1.1
        ("gpt-6-luna", 0, 3, 2),  // 1.5
        ("gpt-6-luna", 5, 3, 2),  // 0.5 + 1.5: rounded once, not twice
        ("gpt-6-luna", 1_000_000, 1_000_000, 600_000),  // 0.60 dollars
        ("gpt-5.6-luna", 1234, 567, 928),  // 246.8 + 680.4 = 927.2
        ("gpt-6.1-terra", 1234, 567, 4069),  // 1234 + 2835
        ("gpt-6.1-sol", 1, 1, 12),  // 2 + 10
        ("gpt-6.1-sol", 750_000, 1000, 1_510_000),
    ])
    func costsAreRoundedUpToTheMicrodollar(model: String, input: Int, output: Int, cost: Int64) throws {
        let price = try #require(PriceBook().price(AIModel(provider: "openai", name: model)))
        #expect(price.cost(TokenUsage(input: input, output: output)) == cost)
    }

    @Test func absurdCountsSaturate() throws {
        let price = try #require(PriceBook().price(AIModel(provider: "openai", name: "gpt-6.1-sol")))
        #expect(price.cost(TokenUsage(input: .max, output: .max)) == .max)
        #expect(price.cost(TokenUsage(input: -5, output: .min)) == 0)
    }
}
