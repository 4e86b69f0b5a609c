import Activities
import Foundation
import TestSupport
import Testing

@Suite struct TextExtractionTests {
    private static let examples = URL(filePath: "Examples/document-processing")
    private static let fixtures = URL(filePath: "Tests/ActivitiesTests/Fixtures")

    private func extract(
        _ bytes: some Sequence<UInt8>, mediaType: String? = nil, filename: String? = nil
    ) async throws -> TextExtractor.Extraction {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("document")
            try Data(bytes).write(to: file)
            return try await TextExtractor().extract(file: file, mediaType: mediaType, filename: filename)
        }
    }

    private func failure(
        _ bytes: some Sequence<UInt8>, mediaType: String? = nil, filename: String? = nil
    ) async throws -> ActivityError {
        await #expect(throws: ActivityError.self) {
            try await extract(bytes, mediaType: mediaType, filename: filename)
        } ?? .invalidInput("")
    }

    @Test func pdfTextIsReadInOrder() async throws {
        let file = Self.examples.appendingPathComponent("contract.pdf")
        let extraction = try await TextExtractor().extract(file: file, mediaType: nil, filename: nil)
        #expect(extraction.format == .pdf)
        #expect(extraction.text.hasPrefix("SERVICE AGREEMENT"))
        #expect(extraction.text.contains("registered in Delaware"))
        #expect(extraction.text.contains("contracts@brightwater.example"))
    }

    @Test func htmlGivesReadableTextWithoutScripts() async throws {
        let bytes = try Data(contentsOf: Self.examples.appendingPathComponent("invoice.html"))
        let extraction = try await extract(bytes, filename: "invoice.html")
        #expect(extraction.format == .html)
        #expect(extraction.text.contains("Espresso blend, 1 kg\t24\t€18.50\t€444.00"))
        #expect(extraction.text.contains("Bill to: Northwind Bakery Ltd"))
        #expect(!extraction.text.contains("console.log"))
        #expect(!extraction.text.contains("font-family"))
    }

    @Test(arguments: [
        ("<p>a<p>b", "a\nb"), ("<p>one  \n two</p>", "one two"), ("<b>x</b>y", "xy"), ("<td>1</td><td>2</td>", "1\t2"),
        ("&lt;tag&gt; &amp; é", "<tag> & é"), ("<ul><li>a<li>b</ul>c", "a\nb\nc"), ("", ""),
        ("<div><script>no</script></div>", ""), ("plain", "plain"),
    ])
    func htmlBlocksBecomeLines(body: String, text: String) async throws {
        let page = "<!DOCTYPE html><html><head><title>t</title></head><body>\(body)</body></html>"
        #expect(try await extract(page.utf8).text == text)
    }

    @Test func deeplyNestedHTMLDoesNotOverflow() async throws {
        let depth = 100_000
        let page = "<html>" + String(repeating: "<div>", count: depth) + "deep"
        _ = try? await extract(page.utf8)
    }

    @Test func textEncodingsAreTold() async throws {
        #expect(try await extract("Grüße".utf8).text == "Grüße")
        #expect(try await extract([0xEF, 0xBB, 0xBF] + Array("hi".utf8)).text == "hi")
        #expect(try await extract([0xFF, 0xFE, 0x68, 0x00, 0x69, 0x00]).text == "hi")
        #expect(try await extract([0xFE, 0xFF, 0x00, 0x68, 0x00, 0x69]).text == "hi")
        #expect(try await extract("# T".utf8, filename: "a.md").format == .markdown)
        #expect(try await extract("# T".utf8, mediaType: "text/markdown; charset=utf-8").format == .markdown)
    }

    @Test func whatCannotBeReadIsAClearLastingError() async throws {
        let zip = try await failure([0x50, 0x4B, 3, 4, 0, 0], filename: "report.pdf")
        #expect(zip.detail.contains("ZIP") && zip.detail.contains("declared as application/pdf"))
        let encrypted = try await failure(try Data(contentsOf: Self.fixtures.appendingPathComponent("encrypted.pdf")))
        #expect(encrypted.detail.contains("encrypted"))
        let whole = try Data(contentsOf: Self.examples.appendingPathComponent("contract.pdf"))
        let truncated = try await failure(whole.prefix(1500))
        #expect(truncated.detail.contains("corrupt"))
        let empty = try await failure([])
        #expect(empty.detail.contains("empty"))
        let binary = try await failure([1, 2, 0, 3])
        #expect(binary.detail.contains("NUL"))
        let latin = try await failure([0x47, 0x72, 0xFC, 0xDF, 0x65], mediaType: "text/plain")
        #expect(latin.detail.contains("UTF-8"))
        let fake = try await failure("hello".utf8, filename: "x.pdf")
        #expect(fake.detail.contains("no PDF header"))
        for error in [zip, encrypted, truncated, empty, binary, latin, fake] {
            #expect(error.type == "validation" && !error.isRetryable)
        }
    }

    @Test func limitsAreKept() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("document")
            try Data(repeating: 0x61, count: 1000).write(to: file)
            var limits = TextExtractor.Limits()
            limits.fileBytes = 999
            await #expect(throws: ActivityError.self) {
                try await TextExtractor(limits: limits).extract(file: file, mediaType: nil, filename: nil)
            }
            limits = .init()
            limits.textBytes = 999
            await #expect(throws: ActivityError.self) {
                try await TextExtractor(limits: limits).extract(file: file, mediaType: nil, filename: nil)
            }
            limits.textBytes = 100
            let contract = Self.examples.appendingPathComponent("contract.pdf")
            await #expect(throws: ActivityError.self) {
                try await TextExtractor(limits: limits).extract(file: contract, mediaType: nil, filename: nil)
            }
        }
    }
}
