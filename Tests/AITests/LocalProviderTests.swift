import AI
import Testing

@Suite struct LocalProviderTests {
    @Test func textIsNeverInvented() async throws {
        let provider = LocalProvider()
        #expect(!provider.supports(.generateText))
        let error = await #expect(throws: AIError.self) { try await Local.answer(.generateText(prompt: "Write a poem")) }
        #expect(error?.code == .unsupported)
        #expect(error?.retryable == false)
    }

    @Test func answersCostNothing() async throws {
        let response = try await Local.answer(.summarize(text: Documents.report, maxWords: 50))
        #expect(response.usage == AIUsage(inputTokens: 0, outputTokens: 0, tokensEstimated: false, costMicrodollars: 0))
        #expect(response.provider == "local" && response.model == "local")
    }

    @Test func equalTextsGiveEqualAnswers() async throws {
        let text = Documents.generated(bytes: 200_000)
        for operation: AIOperation in [
            .summarize(text: text, maxWords: 200), .extractEntities(text: text), .classify(text: text, categories: ["Contract", "Report"]),
        ] {
            let first = try await Local.answer(operation)
            #expect(try await Local.answer(operation) == first)
        }
    }

    /// The figure is generous: these run unoptimized beside other tests. Quadratic work would take minutes.
    @Test(
        .timeLimit(.minutes(2)),
        arguments: HostileText.allCases)
    func hostileTextsTakeLinearTime(kind: HostileText) async throws {
        let text = kind.text
        let clock = ContinuousClock()
        let summaries = try await clock.measure {
            let words = Local.words(try await Local.summary(text))
            #expect(words <= 200)
        }
        let entities = try await clock.measure {
            let hold = placesHold(try await Local.entities(text), in: text)
            #expect(hold)
        }
        let categories = try await clock.measure { _ = try await Local.category(text, ["Contract", "Invoice"]) }
        for time in [summaries, entities, categories] { #expect(time < .seconds(20), "\(summaries) \(entities) \(categories)") }
    }

    enum HostileText: CaseIterable {
        case megabytes, oneWord, capitals, digits, atSigns, dots, colons, plusSigns, oneSentence, sameSentence, lineEnds, names
        case currencies, parentheses, combiningMarks, chinese

        var text: String {
            switch self {
            case .megabytes: Documents.generated(bytes: 3_000_000)
            case .oneWord: String(repeating: "abcdefghij", count: 100_000)
            case .capitals: String(repeating: "A", count: 1_000_000)
            case .digits: String(repeating: "1234567890", count: 100_000)
            case .atSigns: String(repeating: "@", count: 1_000_000)
            case .dots: String(repeating: "a.", count: 500_000)
            case .colons: String(repeating: "http://", count: 150_000)
            case .plusSigns: String(repeating: "+1 ", count: 300_000)
            case .oneSentence: String(repeating: "and so on ", count: 100_000)
            case .sameSentence: String(repeating: Documents.report.prefix(600) + "\n\n", count: 2_000)
            case .lineEnds: String(repeating: "\n", count: 1_000_000)
            case .names: String(repeating: "Anna Maria and Peter Of The Great ", count: 30_000)
            case .currencies: String(repeating: "$€EUR 1,1 ", count: 100_000)
            case .parentheses: String(repeating: "(1", count: 500_000)
            case .combiningMarks: "e" + String(repeating: "\u{301}", count: 1_000_000)
            case .chinese: String(repeating: Documents.chinese, count: 3_000)
            }
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
            " ", "\n", "\n\n", ".", "! ", "|", "# ", "- ", "1. ", "$", "€", "+", "(", ")", "@", "://", "http", "www.", "a", "Ab", "ß", "é",
            "e\u{301}", "👩‍👩‍👧", "漢字", "。", "شكرا", "12", "31.12.2026", "4111 1111 1111 1111", "DE89 3704", "EUR 5", "Inc.", "Mr. ", "between ",
            "and ", "\u{0}", "\u{FEFF}", "\u{202E}", "```", "===", "March ", "5th", ",", "'", "\"", "\t", "O'Neil ", "&", "%", "\r\n", "A-B",
        ]
        for _ in 0..<1_500 {
            var text = ""
            for _ in 0..<Int.random(in: 0...60, using: &random) { text += pieces[Int.random(in: 0..<pieces.count, using: &random)] }
            let words = Int.random(in: 1...30, using: &random)
            let summary = try await Local.summary(text, maxWords: words)
            #expect(Local.words(summary) <= words, "\(text.debugDescription)")
            #expect(placesHold(try await Local.entities(text), in: text), "\(text.debugDescription)")
            #expect((0...1).contains(try await Local.category(text, ["Contract", "Other"]).confidence))
        }
    }
}
