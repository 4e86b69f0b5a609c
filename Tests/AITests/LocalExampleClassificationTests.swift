import AI
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LocalExampleClassificationTests {
    /// Names that say nothing: only the examples can.
    private static let queues = ["A", "B"]
    private static let shown = [
        ("The printer in room 4 is out of toner and jams", "A"), ("My laptop screen stays black after the update", "A"),
        ("The network printer jams again", "A"), ("Please install the update on my laptop", "A"),
        ("When does my parental leave begin?", "B"), ("How many days of leave do I have left?", "B"),
        ("My payslip of May shows the wrong leave days", "B"), ("Parental leave and the payslip", "B"),
    ].map { AIOperation.Example(text: $0.0, category: $0.1) }

    @Test(arguments: [("The laptop and the printer both stay black.", "A"), ("Is my leave on the payslip?", "B")])
    func examplesShowWhatBelongsWhere(text: String, expected: String) async throws {
        #expect(try await Local.category(text, Self.queues, Self.shown).category == expected)
    }

    @Test func examplesOutweighWhatCategoriesAreCalled() async throws {
        let examples =
            (1...10).map { AIOperation.Example(text: "Invoice \($0): total due, net, VAT", category: "Report") }
            + (1...10).map { AIOperation.Example(text: "Quarterly findings \($0), figures rose", category: "Invoice") }
        let categories = ["Invoice", "Report"]
        #expect(try await Local.category("Invoice 4711: total due, VAT", categories, examples).category == "Report")
        #expect(try await Local.category("Invoice 4711: total due, VAT", categories).category == "Invoice")
    }

    @Test(arguments: ["", "!!! ???", "你好", "zebra xylophone quagmire"])
    func aTextLikeNoExampleIsUnsure(text: String) async throws {
        let answer = try await Local.category(text, Self.queues, Self.shown)
        #expect(answer.category == nil)
        #expect(answer.confidence <= 0.5)
    }

    @Test func aCategoryForTheRestTakesWhatNoExampleIsLike() async throws {
        let categories = Self.queues + ["Other"]
        #expect(try await Local.category("zebra xylophone quagmire", categories, Self.shown).category == "Other")
        #expect(try await Local.category("the printer jams", categories, Self.shown).category == "A")
    }

    @Test func aCategoryForTheRestWithExamplesIsLikeAnyOther() async throws {
        let examples = Self.shown + [.init(text: "Lunch menu: soup and salad", category: "Other")]
        let categories = Self.queues + ["Other"]
        #expect(try await Local.category("soup, salad, lunch", categories, examples).category == "Other")
        #expect(try await Local.category("zebra xylophone quagmire", categories, examples).category == nil)
    }

    @Test func whereExamplesContradictEachOtherTheAnswerIsUnsure() async throws {
        let examples = (0..<40).map {
            AIOperation.Example(text: "shipment \($0 / 2) delayed at the port", category: Self.queues[$0 % 2])
        }
        let answer = try await Local.category("shipment 7 delayed at the port", Self.queues, examples)
        #expect(answer.category == nil)
        #expect(answer.confidence < 0.75)
    }

    @Test func repeatedExamplesMakeNobodySurer() async throws {
        // Noise, each text five times: held-out copies of what was learnt would all be told right.
        var random = SeededGenerator(seed: 7)
        let noise = (0..<20).map { _ in
            AIOperation.Example(
                text: Self.words(12, from: 0..<200, &random), category: Self.queues.randomElement(using: &random) ?? "A"
            )
        }
        let examples = noise.flatMap { Array(repeating: $0, count: 5) }
        var answers = 0
        for _ in 0..<40
        where try await Local.category(Self.words(12, from: 0..<200, &random), Self.queues, examples).category != nil {
            answers += 1
        }
        #expect(answers <= 10)
    }

    @Test func nineInTenAnswersAreRightWhereCategoriesOverlap() async throws {
        var random = SeededGenerator(seed: 11)
        let categories = (0..<5).map { "queue \($0)" }
        // Half of a text's words are its category's, half anybody's; one text in six has words of another category.
        func text(_ category: Int) -> String {
            let own = Int.random(in: 0..<6, using: &random) == 0 ? Int.random(in: 0..<5, using: &random) : category
            return Self.words(4, from: own * 40..<own * 40 + 40, &random) + " "
                + Self.words(4, from: 200..<300, &random)
        }
        let examples = (0..<200).map { AIOperation.Example(text: text($0 % 5), category: categories[$0 % 5]) }
        var given = 0
        var right = 0
        for index in 0..<300 {
            guard let answer = try await Local.category(text(index % 5), categories, examples).category else {
                continue
            }
            given += 1
            right += answer == categories[index % 5] ? 1 : 0
        }
        #expect(given == 0 || right * 100 >= given * 80, "\(right) of \(given)")
    }

    @Test func atOnceOrAgainTheAnswerIsTheSame() async throws {
        let first = try await Local.category("Printer and payslip", Self.queues, Self.shown)
        try await withThrowingTaskGroup(of: (String?, Double).self) { group in
            for index in 0..<40 {
                // Others in between, so that the model is learnt anew.
                let more = Self.shown + [.init(text: "text \(index)", category: "A")]
                group.addTask { try await Local.category("Printer and payslip", Self.queues, Self.shown) }
                group.addTask {
                    _ = try await Local.category("Printer and payslip", Self.queues, more)
                    return (first.category, first.confidence)
                }
            }
            for try await answer in group {
                #expect(answer.0 == first.category)
                #expect(answer.1 == first.confidence)
            }
        }
    }

    @Test func oneCategoryIsEnough() async throws {
        let examples = [AIOperation.Example(text: "invoice total", category: "A")]
        #expect(try await Local.category("invoice total", ["A"], examples).category == "A")
        #expect(try await Local.category("", ["A"], examples).category == nil)
    }

    private static func words(_ count: Int, from range: Range<Int>, _ random: inout SeededGenerator) -> String {
        (0..<count).map { _ in "word\(Int.random(in: range, using: &random))" }.joined(separator: " ")
    }
}

/// As many and as long as the service takes. The bounds are generous, because tests run beside others.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct HostileExampleTests {
    enum Kind: CaseIterable { case distinctTerms, sameText, oneWord, empty, oneLongText }

    @Test(arguments: Kind.allCases)
    func theMostExamplesAreLearntInBoundedTimeAndOnce(kind: Kind) async throws {
        let categories = (0..<AIOperation.maximumCategories).map { "category \($0)" }
        let count = kind == .oneLongText ? 1 : AIOperation.maximumExamples
        let size = AIOperation.maximumExampleBytes / count
        let examples = (0..<count).map {
            AIOperation.Example(text: Self.text(kind, $0, size), category: categories[$0 % categories.count])
        }
        let operation = AIOperation.classify(text: "what is this 字", categories: categories, examples: examples)
        try operation.validate()
        let clock = ContinuousClock()
        var answers: [ProviderAnswer] = []
        let first = try await clock.measure { answers.append(try await Local.answer(operation)) }
        let second = try await clock.measure { answers.append(try await Local.answer(operation)) }
        #expect(first < .seconds(40))
        #expect(second < .seconds(2))
        #expect(answers.first == answers.last)
    }

    private static func text(_ kind: Kind, _ number: Int, _ size: Int) -> String {
        switch kind {
        case .distinctTerms:
            // Pairs of characters are terms: the most that bytes can give.
            var text = ""
            var random = SeededGenerator(seed: UInt64(number))
            while text.utf8.count + 3 <= size {
                text.unicodeScalars.append(Unicode.Scalar(UInt16.random(in: 0x4E00..<0x4EC8, using: &random)) ?? " ")
            }
            return text
        case .sameText: return String(String(repeating: "all the same words ", count: size).utf8.prefix(size)) ?? ""
        case .oneWord: return String(repeating: "a", count: size)
        case .empty: return ""
        case .oneLongText: return String(repeating: "number of words ", count: size / 16)
        }
    }
}
