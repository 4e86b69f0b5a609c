import AI
import Testing

@Suite struct LocalClassificationTests {
    static let mission = ["Contract", "Invoice", "Report", "Other"]

    @Test(arguments: [
        (Documents.contract, "Contract"), (Documents.invoice, "Invoice"), (Documents.report, "Report"),
        (Documents.resume, "Other"),
        (Documents.ticket, "Other"), (Documents.spam, "Other"), ("", "Other"), ("The cat sat on the mat.", "Other"),
    ])
    func documentsFallInTheMissionsCategories(text: String, expected: String) async throws {
        let answer = try await Local.category(text, Self.mission)
        #expect(answer.category == expected)
        #expect(answer.confidence >= 0.4)
    }

    @Test(arguments: [
        (Documents.contract, "agreement"), (Documents.invoice, "bills"), (Documents.resume, "CV"),
        (Documents.ticket, "Support requests"),
        (Documents.spam, "JUNK"), (Documents.report, "annual reports"),
    ])
    func categoriesAreKnownBySynonyms(text: String, expected: String) async throws {
        let categories = ["agreement", "bills", "CV", "Support requests", "JUNK", "annual reports"]
        #expect(try await Local.category(text, categories).category == expected)
    }

    @Test func unknownCategoriesAreMatchedByTheirOwnWords() async throws {
        let text =
            "The orchestra played a symphony. The music of the second concert was recorded; music lovers praised it."
        #expect(try await Local.category(text, ["Gardening", "Music", "Chemistry"]).category == "Music")
    }

    @Test func withoutEvidenceTheAnswerIsUnsure() async throws {
        for text in ["", "The cat sat on the mat.", "!!! ???", "你好"] {
            let answer = try await Local.category(text, ["Contract", "Invoice", "Gardening"])
            #expect(answer.category == nil)
            #expect(answer.confidence < 0.4)
        }
    }

    @Test func betweenEqualCategoriesTheAnswerIsUnsure() async throws {
        #expect(try await Local.category(Documents.invoice, ["invoice", "bill"]).confidence < 0.9)
        #expect(try await Local.category("apples and pears", ["apples", "pears"]).category == nil)
    }

    @Test func confidenceGrowsWithEvidence() async throws {
        let little = try await Local.category("Invoice attached.", Self.mission)
        let much = try await Local.category(Documents.invoice, Self.mission)
        #expect(much.confidence > little.confidence)
    }
}
