import Foundation

/// The texts that models are asked with: resources with a number each. A text that changes gets a new number, since answers
/// are cached by it and compared by it over time.
package enum Prompts {
    /// What an operation is asked with, such as `classify/1`; part of a cached answer's key.
    package static func version(of operation: AIOperation) -> String {
        switch operation.kind {
        case .generateText: "generate_text/1"
        case .classify: classify.version
        case .summarize: summarize.version
        case .extractEntities: extractEntities.version
        case .personalize: personalize.version
        }
    }

    static let classify = Prompt("classify/1", PackageResources.classify_1_txt)
    static let classifyBatch = Prompt("classify_batch/1", PackageResources.classify_batch_1_txt)
    static let summarize = Prompt("summarize/1", PackageResources.summarize_1_txt)
    static let extractEntities = Prompt("extract_entities/1", PackageResources.extract_entities_1_txt)
    static let extractEntitiesBatch = Prompt("extract_entities_batch/1", PackageResources.extract_entities_batch_1_txt)
    static let personalize = Prompt("personalize/1", PackageResources.personalize_1_txt)
    static let repair = Prompt("repair/1", PackageResources.repair_1_txt)
    static let repairPersonalize = Prompt("repair_personalize/1", PackageResources.repair_personalize_1_txt)
    /// For models that cannot be given a schema otherwise.
    static let schema = Prompt("schema/1", PackageResources.schema_1_txt)
}

/// One text with places to fill in, written `[[name]]`.
struct Prompt: Sendable {
    let version: String
    /// Text and names of places in turn, beginning with a text.
    private let parts: [String]

    init(_ version: String, _ bytes: [UInt8]) {
        self.version = version
        var text = Substring(String(decoding: bytes, as: UTF8.self))
        var parts: [String] = []
        while let start = text.range(of: "[["), let end = text[start.upperBound...].range(of: "]]") {
            parts.append(String(text[..<start.lowerBound]))
            parts.append(String(text[start.upperBound..<end.lowerBound]))
            text = text[end.upperBound...]
        }
        parts.append(String(text))
        self.parts = parts
    }

    /// The names of the places, in order.
    var places: [String] { stride(from: 1, to: parts.count, by: 2).map { parts[$0] } }

    /// In one pass: what is filled in is not looked at again.
    func filled(_ values: [String: String] = [:]) -> String {
        var text = ""
        for (index, part) in parts.enumerated() { text += index % 2 == 0 ? part : values[part] ?? "" }
        return text
    }
}
