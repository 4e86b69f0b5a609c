import AI
import Testing

@Suite struct LocalProviderTests {
    @Test func textIsNeverInvented() async throws {
        let provider = LocalProvider()
        #expect(!provider.supports(.generateText))
        let error = await #expect(throws: AIError.self) {
            try await Local.answer(.generateText(prompt: "Write a poem"))
        }
        #expect(error?.code == .unsupported)
        #expect(error?.retryable == false)
    }

    @Test func answersCostNothing() async throws {
        let answer = try await Local.answer(.summarize(text: Documents.report, maxWords: 50))
        #expect(answer.tokens == .none)
        #expect(PriceBook().price(.local)?.isFree == true)
    }

    @Test func equalTextsGiveEqualAnswers() async throws {
        let text = Documents.generated(bytes: 200_000)
        for operation: AIOperation in [
            .summarize(text: text, maxWords: 200), .extractEntities(text: text),
            .classify(text: text, categories: ["Contract", "Report"]),
        ] {
            let first = try await Local.answer(operation)
            #expect(try await Local.answer(operation) == first)
        }
    }

    @Test func aTextBeyondTheLimitIsRefused() async throws {
        let error = await #expect(throws: AIError.self) {
            try await Local.summary(String(repeating: "a", count: LocalProvider.maximumBytes + 1))
        }
        #expect(error?.code == .contextTooLong)
    }

    @Test func randomTextsNeverBreakIt() async throws {
        var random = SeededGenerator(seed: 42)
        let pieces = [
            " ", "\n", "\n\n", ".", "! ", "|", "# ", "- ", "1. ", "$", "€", "+", "(", ")", "@", "://", "http", "www.",
            "a", "Ab", "ß", "é",
            "e\u{301}", "👩‍👩‍👧", "漢字", "。", "شكرا", "12", "31.12.2026", "4111 1111 1111 1111", "DE89 3704", "EUR 5", "Inc.",
            "Mr. ", "between ",
            "and ", "\u{0}", "\u{FEFF}", "\u{202E}", "```", "===", "March ", "5th", ",", "'", "\"", "\t", "O'Neil ",
            "&", "%", "\r\n", "A-B",
        ]
        for _ in 0..<1_500 {
            var text = ""
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                text += pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            let words = Int.random(in: 1...30, using: &random)
            let summary = try await Local.summary(text, maxWords: words)
            #expect(Local.words(summary) <= words, "\(text.debugDescription)")
            #expect(placesHold(try await Local.entities(text), in: text), "\(text.debugDescription)")
            #expect((0...1).contains(try await Local.category(text, ["Contract", "Other"]).confidence))
        }
    }
}
