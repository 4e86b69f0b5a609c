import Foundation
import JSON
import TestSupport
import Testing
import WorkflowDefinition
import WorkflowEngine

/// The conformance test kit of the specification, its HTTP services answered by a script.
@Suite("Conformance test kit", .conformanceData("ows/ctk"))
struct ConformanceTests {
    /// What the kit asks for and this service does not run, by scenario; loading each must say so.
    private static let unsupported = [
        "Call HTTP Using Basic Authentication": "authentication", "Call OpenAPI With Content Output": "openapi",
        "Call OpenAPI With Response Output": "openapi", "Emit Task": "emit",
    ]

    struct Item: Sendable, CustomTestStringConvertible {
        var feature: String
        var scenario: Feature.Scenario
        var testDescription: String { "\(feature): \(scenario.name)" }
    }

    static let items: [Item] = {
        guard Conformance.exists("ows/ctk") else { return [] }
        let files = (try? Conformance.files(below: "ows/ctk", suffix: ".feature")) ?? []
        return files.flatMap { path -> [Item] in
            guard let text = try? String(decoding: Conformance.data(path), as: UTF8.self) else { return [] }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return Feature(text).scenarios.map { Item(feature: name, scenario: $0) }
        }
    }()

    @Test func kitIsWhole() { #expect(Self.items.count == 21) }

    @Test(arguments: items)
    func scenario(_ item: Item) throws {
        var yaml = ""
        var input: JSONValue = .null
        var driver: Driver?
        for step in item.scenario.steps {
            switch step.text {
            case "a workflow with definition:": yaml = step.document ?? ""
            case "given the workflow input is:": input = try Self.value(step.document)
            case "the workflow is executed":
                if let feature = Self.unsupported[item.scenario.name] {
                    let (definition, diagnostics) = Definition.diagnose(yaml, catalog: .testing)
                    #expect(definition == nil)
                    #expect(diagnostics.contains { $0.code == .unsupported && $0.message.contains(feature) })
                    print("skipped  \(item.testDescription): \(feature) is not supported")
                    return
                }
                let definition = try Definition(yaml: yaml, catalog: .testing)
                let context = RunContext(executionID: "ctk", startedAt: Instant(milliseconds: 0))
                var running = Driver(Interpreter(definition: definition, context: context, input: input)) {
                    request, _ in
                    PetStore.answer(request)
                }
                running.run()
                driver = running
            default:
                let driver = try #require(driver)
                try Self.check(step, driver.interpreter)
            }
        }
        print("ran      \(item.testDescription)")
    }

    private static func check(_ step: Feature.Step, _ run: Interpreter) throws {
        var output: JSONValue?
        if case .completed(let value)? = run.outcome { output = value }
        let words = step.text.split(separator: " ").map(String.init)
        switch step.text {
        case "the workflow should complete": #expect(output != nil, "\(String(describing: run.outcome))")
        case "the workflow should complete with output:":
            #expect(output == (try value(step.document)), "\(String(describing: run.outcome))")
        case "the workflow should cancel":
            guard case .cancelled? = run.outcome else { return fail(run) }
        case "the workflow should fault":
            guard case .failed? = run.outcome else { return fail(run) }
        case "the workflow should fault with error:":
            guard case .failed(let error)? = run.outcome else { return fail(run) }
            #expect(error.json == (try value(step.document)))
        case let text where text.hasPrefix("the workflow output should have properties"):
            for path in quoted(text) { #expect(member(output, path) != nil, "\(path)") }
        case let text where text.hasPrefix("the workflow output should have a") && text.hasSuffix("with value:"):
            #expect(member(output, quoted(text).first ?? "") == (try value(step.document)))
        case let text where text.hasPrefix("the workflow output should have a") && text.hasSuffix("items"):
            let count = member(output, quoted(text).first ?? "")?.array?.count
            #expect(count == words.dropLast().last.flatMap { Int($0) })
        default:
            try checkTask(words, step, run.steps)
        }
    }

    private static func checkTask(_ words: [String], _ step: Feature.Step, _ steps: [Step]) throws {
        let first = steps.firstIndex { $0.name == words[0] }
        let last = steps.lastIndex { $0.name == words[0] }
        switch words.dropFirst().joined(separator: " ") {
        case "should run first": #expect(first == 0)
        case "should run last": #expect(last == steps.count - 1)
        case "should complete": #expect(last.map { steps[$0].status } == .completed)
        case "should cancel": #expect(last.map { steps[$0].status } == .cancelled)
        case "should fault": #expect(last.map { steps[$0].status } == .failed)
        case let rest where rest.hasPrefix("should run before"):
            #expect(try #require(last) < #require(steps.firstIndex { $0.name == words.last }))
        case let rest where rest.hasPrefix("should run after"):
            #expect(try #require(first) > #require(steps.lastIndex { $0.name == words.last }))
        default: Issue.record("a step that the kit's README does not know: \(step.text)")
        }
    }

    private static func fail(_ run: Interpreter) {
        Issue.record("ended otherwise: \(String(describing: run.outcome))")
    }

    private static func quoted(_ text: String) -> [String] {
        text.split(separator: "'", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }

    private static func member(_ value: JSONValue?, _ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(value) { $0?[String($1)] }
    }

    /// A YAML value, read by the loader as the fields of a `set`.
    private static func value(_ yaml: String?) throws -> JSONValue {
        let lines = (yaml ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        let text = "do:\n  - a:\n      set:\n        value:\n" + lines.map { "          " + $0 }.joined(separator: "\n")
        let definition = try load(text)
        return definition.source["do"]?[0]?["a"]?["set"]?["value"] ?? .null
    }
}

/// What petstore.swagger.io answers, in the shape that the HTTP activity gives it.
private enum PetStore {
    static func answer(_ request: ActivityRequest) -> Answer {
        guard request.target == .http, let uri = request.input["endpoint"]?["uri"]?.string else { return .never }
        let path = uri.replacing("https://petstore.swagger.io/v2/", with: "")
        func pet(_ id: Int64) -> JSONValue { ["id": .integer(id), "name": "milou", "status": "available"] }
        let content: JSONValue
        switch path {
        case "pet/findByStatus?status=available": content = [pet(1), pet(2)]
        case "pet/1": content = pet(1)
        case "pet/2": content = pet(2)
        default: return .fails("communication", 404)
        }
        guard request.input["output"]?.string == "response" else { return .completes(content) }
        return .completes([
            "request": ["method": "get", "uri": .string(uri), "headers": [:]],
            "headers": ["Content-Type": "application/json"],
            "statusCode": 200, "content": content,
        ])
    }
}
