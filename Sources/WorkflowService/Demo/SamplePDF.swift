import Foundation

/// Writes a large but honest PDF: pages of readable text in a standard font, padded with image data.
///
/// Follows the file structure of ISO 32000-1 (header, objects, cross-reference table, trailer).
struct SamplePDF {
    private var data = Data("%PDF-1.4\n%\u{E2}\u{E3}\u{CF}\u{D3}\n".utf8)
    private var offsets: [Int] = []

    /// - Parameters:
    ///   - textBytes: how much text the pages hold together, roughly.
    ///   - fileBytes: how large the file becomes, at least.
    static func make(textBytes: Int, fileBytes: Int) -> Data {
        var pdf = SamplePDF()
        return pdf.write(pages: pages(ofText: textBytes), fileBytes: fileBytes)
    }

    private mutating func write(pages: [[String]], fileBytes: Int) -> Data {
        // Objects 1–3: catalogue, page tree, font; then two objects a page.
        let pageNumbers = pages.indices.map { 4 + 2 * $0 }
        object("<< /Type /Catalog /Pages 2 0 R >>")
        let kids = pageNumbers.map { "\($0) 0 R" }.joined(separator: " ")
        object("<< /Type /Pages /Count \(pages.count) /Kids [\(kids)] >>")
        object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
        for (page, number) in zip(pages, pageNumbers) {
            object(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents \(number + 1) 0 R"
                    + " /Resources << /Font << /F1 3 0 R >> >> >>"
            )
            let lines = page.map { "(\(Self.escaped($0))) Tj T*" }.joined(separator: "\n")
            stream(Data("BT /F1 9 Tf 11 TL 50 800 Td\n\(lines)\nET".utf8), dictionary: "")
        }
        while data.count < fileBytes { stream(Self.noise(seed: offsets.count), dictionary: Self.imageDictionary) }
        let table = data.count
        var rows = "xref\n0 \(offsets.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { rows += String(repeating: "0", count: 10 - "\(offset)".count) + "\(offset) 00000 n \n" }
        rows += "trailer\n<< /Size \(offsets.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n"
        data.append(contentsOf: rows.utf8)
        return data
    }

    private mutating func object(_ body: String) {
        offsets.append(data.count)
        data.append(contentsOf: "\(offsets.count) 0 obj\n\(body)\nendobj\n".utf8)
    }

    private mutating func stream(_ bytes: Data, dictionary: String) {
        offsets.append(data.count)
        data.append(contentsOf: "\(offsets.count) 0 obj\n<< \(dictionary) /Length \(bytes.count) >>\nstream\n".utf8)
        data.append(bytes)
        data.append(contentsOf: "\nendstream\nendobj\n".utf8)
    }

    private static let side = 1024
    private static let imageDictionary =
        "/Type /XObject /Subtype /Image /Width \(side) /Height \(side) /ColorSpace /DeviceGray /BitsPerComponent 8"

    /// A scanned-looking image: bytes that do not compress, the same for the same seed.
    private static func noise(seed: Int) -> Data {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes = [UInt8](repeating: 0, count: side * side)
        for index in bytes.indices {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes[index] = UInt8(truncatingIfNeeded: state >> 32)
        }
        return Data(bytes)
    }

    private static func escaped(_ line: String) -> String {
        line.replacing("\\", with: "\\\\").replacing("(", with: "\\(").replacing(")", with: "\\)")
    }

    private static let linesPerPage = 68
    private static let subjects = [
        "The northern depot", "The purchasing team", "Meridian Water Cooperative", "The night shift",
        "Brightwater Logistics Ltd",
        "The quality office", "The maintenance crew", "The finance department",
    ]
    private static let verbs = [
        "reported", "measured", "inspected", "replaced", "approved", "delayed", "completed", "planned",
    ]
    private static let objects = [
        "the pressure sensors of district", "the delivery routes of region", "the audit of warehouse",
        "the budget of project",
        "the pumps of station", "the training of team", "the insurance of fleet", "the contract of supplier",
    ]

    /// Numbered sentences, different on every line, so that a summary has something to choose from.
    private static func pages(ofText bytes: Int) -> [[String]] {
        var pages: [[String]] = []
        var line = 0
        var written = 0
        while written < bytes {
            var page: [String] = []
            while page.count < linesPerPage {
                let sentence =
                    "\(subjects[line % 8]) \(verbs[line / 8 % 8]) \(objects[line / 64 % 8]) \(line % 97 + 1) "
                    + "in week \(line % 52 + 1) at a cost of $\(line * 37 % 9000 + 100).00."
                page.append(sentence)
                written += sentence.utf8.count + 1
                line += 1
            }
            pages.append(page)
        }
        return pages
    }
}
