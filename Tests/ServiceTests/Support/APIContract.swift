import Foundation
import HTTPAPI
import JSON
import Synchronization

/// Holds answers against the API's description: each must be an answer that `openapi.yaml` tells of, in its form.
final class APIContract: Sendable {
    static let served = APIContract(.served)

    private let document: OpenAPIDocument
    /// By the response's position in the document; compiled once.
    private let schemas = Mutex<[String: JSONSchema]>([:])

    init(_ document: OpenAPIDocument) { self.document = document }

    /// What is wrong with an answer; empty where it keeps the contract.
    func violations(
        _ method: String, _ path: String, status: Int, mediaType: String?, body: JSONValue?
    ) -> [String] {
        let route = "\(method) \(path)"
        guard let (template, operation) = operation(method, path) else {
            // What has no description is answered so, and so is a method that is not described.
            return [404, 405].contains(status) ? [] : ["\(route) answered \(status) and is not described"]
        }
        guard var response = operation["responses"]?["\(status)"] else {
            return ["\(route): \(template) does not describe the status \(status)"]
        }
        if let reference = response["$ref"]?.string { response = resolved(reference) }
        guard let content = response["content"]?.object else {
            return mediaType == nil
                ? [] : ["\(route): \(status) is described without a body, and has \(mediaType ?? "")"]
        }
        let type = mediaType?.split(separator: ";").first.map(String.init) ?? "none"
        guard let described = content[type] ?? content["*/*"] else {
            return ["\(route): \(status) is described as \(content.keys.joined(separator: ", ")), not \(type)"]
        }
        guard let body, type.hasSuffix("json"), let schema = described["schema"] else { return [] }
        do {
            return try compiled(schema).validate(body).prefix(5).map { "\(route): \(status): \($0)" }
        } catch {
            return ["\(route): the schema of \(status) does not compile: \(error)"]
        }
    }

    /// A fixed part of a path goes before a parameter.
    private func operation(_ method: String, _ path: String) -> (String, JSONValue)? {
        let parts = path.split(separator: "/")
        var found: (String, JSONValue)?
        for (template, item) in document.json["paths"]?.object ?? [:] {
            let pattern = template.split(separator: "/")
            guard pattern.count == parts.count, zip(pattern, parts).allSatisfy({ $0 == $1 || $0.hasPrefix("{") }),
                let operation = item[method.lowercased()]
            else { continue }
            if found == nil || !template.contains("{") { found = (template, operation) }
        }
        return found
    }

    private func resolved(_ reference: String) -> JSONValue {
        reference.dropFirst(2).split(separator: "/").reduce(document.json) { $0[String($1)] ?? .null }
    }

    /// References lead from the schema into the document, which therefore stands around it.
    private func compiled(_ schema: JSONValue) throws -> JSONSchema {
        let key = schema.serialized()
        if let known = schemas.withLock({ $0[key] }) { return known }
        let whole: JSONValue = ["allOf": [schema], "components": document.json["components"] ?? .null]
        let compiled = try JSONSchema(compiling: whole)
        schemas.withLock { $0[key] = compiled }
        return compiled
    }
}
