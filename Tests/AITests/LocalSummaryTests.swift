import Foundation
import Testing

@Suite struct LocalSummaryTests {
    @Test func aReportIsSummarizedByItsTellingSentences() async throws {
        let summary = try await Local.summary(Documents.report, maxWords: 60)
        #expect(
            summary.hasPrefix(
                "Harbour Logistics moved 41,200 containers in the third quarter, 12 percent more than a year before."))
        #expect(summary.contains("Revenue rose to EUR 18.4 million"))
        #expect(!summary.contains("|"))
        #expect(Local.words(summary) <= 60)
        #expect(Local.words(summary) >= 40)
        #expect(
            try await Local.summary(Documents.report, maxWords: 100).contains(
                "We recommend to move the overhaul to the second half"))
    }

    @Test(arguments: [1, 2, 5, 17, 40, 100, 200, 1000])
    func theLimitOfWordsHolds(limit: Int) async throws {
        for text in [
            Documents.contract, Documents.invoice, Documents.report, Documents.resume, Documents.ticket,
            Documents.arabic,
        ] {
            let summary = try await Local.summary(text, maxWords: limit)
            #expect(Local.words(summary) <= limit)
            #expect(!summary.isEmpty)
        }
    }

    @Test func chosenSentencesStandInDocumentOrder() async throws {
        let summary = try await Local.summary(Documents.contract, maxWords: 80)
        let flat = Documents.contract.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        var place = flat.startIndex
        for line in summary.split(separator: ". ") {
            let found = try #require(flat[place...].range(of: line))
            place = found.upperBound
        }
    }

    @Test func abbreviationsDecimalsAndAddressesDoNotEndSentences() async throws {
        let filler = " Nobody expected anything else to happen there on such a very quiet day in the village."
        let text =
            "Dr. A. Smith of Acme Inc. Berlin paid 3.5 million (approx. 4.1 percent) via example.com/a.b?c=1 on Jan. 5, i.e. late."
            + String(repeating: filler, count: 8)
        let summary = try await Local.summary(text, maxWords: 25)
        #expect(
            summary.hasPrefix(
                "Dr. A. Smith of Acme Inc. Berlin paid 3.5 million (approx. 4.1 percent) via example.com/a.b?c=1 on Jan. 5, i.e. late."
            ))
    }

    @Test func repeatedSentencesAreTakenOnce() async throws {
        let text =
            String(repeating: "The harbour moved more containers than last year. ", count: 30)
            + "The crane needs an overhaul in November. The union threatens to strike in January."
        let summary = try await Local.summary(text, maxWords: 30)
        #expect(summary.components(separatedBy: "The harbour").count == 2)
        #expect(summary.contains("crane"))
    }

    @Test func aShortTextIsItsOwnSummary() async throws {
        #expect(try await Local.summary("Only this.\n\n  And   that. ") == "Only this. And that.")
        #expect(try await Local.summary("") == "")
        #expect(try await Local.summary(" \n\t ") == "")
        #expect(try await Local.summary("word") == "word")
    }

    @Test func wordsDividedAtLineEndsAreJoined() async throws {
        #expect(
            try await Local.summary("The main-\ntenance is done by a well-known firm.")
                == "The maintenance is done by a well-known firm.")
    }

    @Test func formsAndTablesAreSummarizedByTheirLines() async throws {
        let summary = try await Local.summary(Documents.invoice, maxWords: 40)
        #expect(summary.contains("INV-2026-0117"))
        #expect(summary.contains("\n"))
    }

    @Test func textWithoutPunctuationGivesItsBeginning() async throws {
        let text = (1...500).map { "word\($0)" }.joined(separator: " ")
        let summary = try await Local.summary(text, maxWords: 5)
        #expect(summary == "word1 word2 word3 word4 word5…")
    }

    @Test func scriptsWithoutSpacesAreCutIntoSentences() async throws {
        let summary = try await Local.summary(Documents.chinese, maxWords: 50)
        #expect(summary.unicodeScalars.count <= 60)
        #expect(summary.hasSuffix("。"))
        #expect(summary.hasPrefix("这份报告介绍了港口第三季度的运营情况。"))
    }

    @Test func rightToLeftTextIsCutIntoSentences() async throws {
        let summary = try await Local.summary(Documents.arabic, maxWords: 20)
        #expect(Local.words(summary) <= 20)
        #expect(summary.hasSuffix("."))
    }

    @Test func codeAndMarksOfMarkdownStayOut() async throws {
        let text = """
            # Title

            Introduction of the **tool** in one sentence that is long enough.

            ```
            let secret = 42.
            ```

            * First point of the list is this one here.
            * Second point of the list is that one there.

            ---
            > A quotation that somebody said once upon a time.
            """
        let summary = try await Local.summary(text)
        #expect(!summary.contains("secret"))
        #expect(!summary.contains("#"))
        #expect(summary.contains("Introduction of the tool in"))
        #expect(!summary.contains("*"))
        #expect(summary.contains("Second point of the list"))
    }
}
