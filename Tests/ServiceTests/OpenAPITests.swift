import Foundation
import HTTPAPI
import JSON
import TestSupport
import Testing
import WorkflowService

/// The API's description against the routes that stand, the specification, and itself. Every other test of the service holds
/// each answer against it, too (`RunningService.send`).
@Suite(.timeLimit(.minutes(2)))
struct OpenAPITests {
    private let document = OpenAPIDocument.served

    @Test func everyRouteIsDescribedAndEveryDescriptionIsARoute() async throws {
        let routes = try await withTemporaryFolder { try await apiRoutes(dataFolder: $0) }
        let described = try #require(document.json["paths"]?.object).flatMap { path, item in
            (item.object ?? [:]).keys.filter(OpenAPIDocument.methods.contains).map { "\($0.uppercased()) \(path)" }
        }
        #expect(routes.count > 5)
        #expect(Set(routes).subtracting(described) == [], "routes that are not described")
        #expect(Set(described).subtracting(routes) == [], "descriptions without a route")
        #expect(Set(described).count == described.count)
    }

    @Test func referencesLeadSomewhere() throws {
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            if let reference = value["$ref"]?.string { references.insert(reference) }
            for element in value.array ?? [] { collect(element) }
            for (_, member) in value.object ?? [:] { collect(member) }
        }
        collect(document.json)
        #expect(references.count > 10)
        for reference in references {
            let target = reference.dropFirst(2).split(separator: "/").reduce(document.json) { $0[String($1)] ?? .null }
            #expect(target != .null, "\(reference) leads nowhere")
        }
    }

    /// Each operation has a name of its own, says what it needs, and tells every error that its kind of route can give.
    @Test func operationsAreComplete() throws {
        var names: Set<String> = []
        for (path, item) in try #require(document.json["paths"]?.object) {
            for (method, operation) in item.object ?? [:] where OpenAPIDocument.methods.contains(method) {
                let route = "\(method.uppercased()) \(path)"
                let name = try #require(operation["operationId"]?.string, "\(route) has no operationId")
                #expect(names.insert(name).inserted, "\(name) is there twice")
                #expect(operation["summary"]?.string?.isEmpty == false, "\(route) has no summary")
                #expect(operation["tags"]?.array?.count == 1, "\(route) belongs to one tag")
                let statuses = Set((operation["responses"]?.object ?? [:]).keys)
                #expect(statuses.contains { $0.hasPrefix("2") }, "\(route) has no success")
                // Behind a tenant's key.
                if operation["security"] == nil {
                    #expect(statuses.isSuperset(of: ["401", "403", "429", "503"]), "\(route): \(statuses.sorted())")
                    #expect(operation["description"]?.string?.contains(":") == true, "\(route) names no scope")
                }
                if operation["requestBody"] != nil {
                    #expect(statuses.isSuperset(of: ["400", "408", "413"]), "\(route): a body may be late, or large")
                }
                if path.contains("{id}") {
                    #expect(statuses.isSuperset(of: ["400", "404"]), "\(route): an id may be none, or unknown")
                }
            }
        }
    }

    /// What a reference leads to.
    private func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(document.json) { $0[String($1)] ?? .null }
    }

    private func examples(_ value: JSONValue) -> [JSONValue] {
        [value["example"]].compactMap(\.self)
            + (value["examples"]?.object ?? [:]).compactMap { resolved($0.value)["value"] }
    }

    /// Every JSON body, of a request or of an answer that is no error, is shown.
    @Test func bodiesHaveExamples() throws {
        func expect(_ body: JSONValue, _ place: String) {
            for (type, content) in resolved(body)["content"]?.object ?? [:] where type.hasSuffix("json") {
                #expect(!examples(content).isEmpty, "\(place): \(type) has no example")
            }
        }
        for (path, item) in try #require(document.json["paths"]?.object) {
            for (method, operation) in item.object ?? [:] where OpenAPIDocument.methods.contains(method) {
                if let body = operation["requestBody"] { expect(body, "\(method) \(path)") }
                for (status, answer) in operation["responses"]?.object ?? [:] where status.hasPrefix("2") {
                    expect(answer, "\(method) \(path) \(status)")
                }
            }
        }
    }

    @Test func examplesFitTheirSchemas() throws {
        var checked = 0
        func check(_ value: JSONValue, _ place: String) throws {
            if let schema = value["schema"] {
                let whole: JSONValue = ["allOf": [schema], "components": document.json["components"] ?? .null]
                for example in examples(value) {
                    #expect(try JSONSchema(compiling: whole).validate(example).map(\.description) == [], "\(place)")
                    checked += 1
                }
            }
            for (key, member) in value.object ?? [:] { try check(member, "\(place)/\(key)") }
            for (index, element) in (value.array ?? []).enumerated() { try check(element, "\(place)/\(index)") }
        }
        try check(document.json, "")
        #expect(checked > 70)
    }

    @Test func theSpecificationsValidatorAcceptsIt() async throws {
        let file = Package.root.appending(path: "Sources/HTTPAPI/OpenAPI/openapi.yaml").path
        let result = try await run(Package.python, ["-m", "openapi_spec_validator", file])
        #expect(result.status == 0, "\(result)")
    }
}
