import AI
import Testing

/// Texts made to be slow. The bound is generous, because tests run unoptimized and beside others: quadratic work would
/// take minutes.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HostileTextTests {
    @Test(arguments: HostileText.allCases)
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
        for time in [summaries, entities, categories] {
            #expect(time < .seconds(15), "\(summaries) \(entities) \(categories)")
        }
    }

    enum HostileText: CaseIterable {
        case megabytes, oneWord, capitals, digits, atSigns, dots, colons, plusSigns, oneSentence, sameSentence,
            lineEnds, names
        case currencies, parentheses, combiningMarks, chinese

        var text: String {
            switch self {
            case .megabytes: Documents.generated(bytes: 3_000_000)
            case .oneWord: String(repeating: "abcdefghij", count: 30_000)
            case .capitals: String(repeating: "A", count: 300_000)
            case .digits: String(repeating: "1234567890", count: 30_000)
            case .atSigns: String(repeating: "@", count: 300_000)
            case .dots: String(repeating: "a.", count: 150_000)
            case .colons: String(repeating: "http://", count: 50_000)
            case .plusSigns: String(repeating: "+1 ", count: 100_000)
            case .oneSentence: String(repeating: "and so on ", count: 30_000)
            case .sameSentence: String(repeating: Documents.report.prefix(600) + "\n\n", count: 800)
            case .lineEnds: String(repeating: "\n", count: 300_000)
            case .names: String(repeating: "Anna Maria and Peter Of The Great ", count: 10_000)
            case .currencies: String(repeating: "$€EUR 1,1 ", count: 30_000)
            case .parentheses: String(repeating: "(1", count: 150_000)
            case .combiningMarks: "e" + String(repeating: "\u{301}", count: 300_000)
            case .chinese: String(repeating: Documents.chinese, count: 1_000)
            }
        }
    }
}
