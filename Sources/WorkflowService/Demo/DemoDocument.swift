import ArgumentParser
import Foundation

/// A document of the demonstration, and what its classification must be where we know it.
struct DemoDocument: Sendable {
    let name: String
    let mediaType: String
    let data: Data
    let category: String?

    init(path: String) throws {
        self.init(name: URL(filePath: path).lastPathComponent, data: try readFile(path), category: nil)
    }

    private init(name: String, data: Data, category: String?) {
        self.name = name
        self.data = data
        self.category = category
        mediaType =
            switch name.split(separator: ".").last?.lowercased() {
            case "pdf": "application/pdf"
            case "html", "htm": "text/html"
            case "md", "markdown": "text/markdown"
            default: "text/plain"
            }
    }

    /// The documents of `Examples/document-processing`, found from the working directory, and a large generated one.
    static func examples() throws -> [DemoDocument] {
        let folder = "Examples/document-processing"
        guard FileManager.default.fileExists(atPath: folder) else {
            throw ValidationError("\(folder) is not here: run this in the project's folder, or name your own files.")
        }
        var documents = try [("contract.pdf", "Contract"), ("invoice.html", "Invoice"), ("report.md", "Report")].map {
            DemoDocument(name: $0.0, data: try readFile("\(folder)/\($0.0)"), category: $0.1)
        }
        documents.append(
            DemoDocument(
                name: "generated.pdf", data: SamplePDF.make(textBytes: 3_000_000, fileBytes: 20_000_000), category: nil
            )
        )
        return documents
    }
}

/// How a document is sent.
enum DemoVariant: String, CaseIterable, Sendable {
    case plain, enhanced, basic

    var title: String {
        switch self {
        case .plain: "plain"
        case .enhanced: "AI-enhanced"
        case .basic: "AI-enhanced, Basic tier"
        }
    }
}
