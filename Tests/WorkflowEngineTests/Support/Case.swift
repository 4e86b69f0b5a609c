import JSON
import Testing
import WorkflowDefinition
import WorkflowEngine

/// One run: a definition, what it is given, what the world answers, and how it must end.
struct Case: Sendable, CustomTestStringConvertible {
    enum End: Sendable {
        case output(JSONValue)
        /// Type by its last segment.
        case error(String, Int, at: String)
        /// Nothing is due any more and the run goes on.
        case waits
        /// Whatever comes of it.
        case any
    }

    var name: String
    /// The document below its head: `do:` and whatever else.
    var yaml: String
    var input: JSONValue
    var end: End
    /// By the step's name: the answers to its calls in order, the last one again and again. Others echo after 10 ms.
    var answers: [String: [Answer]]
    var aiEnhanced: Bool
    var tier: String
    var pointsOff: [String: String]
    /// `name status` of every step that ended, in order of beginning.
    var steps: [String]?
    /// Virtual milliseconds from start to end.
    var takes: Int64?
    /// `id used` or `id reason`.
    var enhancements: [String]?
    /// The end depends on the moment, so a run that continued as new may end otherwise.
    var isTimeSensitive: Bool

    init(
        _ name: String, _ yaml: String, input: JSONValue = [:], _ end: End, answers: [String: [Answer]] = [:],
        aiEnhanced: Bool = false, tier: String = "basic", pointsOff: [String: String] = [:], steps: [String]? = nil,
        takes: Int64? = nil,
        enhancements: [String]? = nil, isTimeSensitive: Bool = false
    ) {
        self.name = name
        self.yaml = yaml
        self.input = input
        self.end = end
        self.answers = answers
        self.aiEnhanced = aiEnhanced
        self.tier = tier
        self.pointsOff = pointsOff
        self.steps = steps
        self.takes = takes
        self.enhancements = enhancements
        self.isTimeSensitive = isTimeSensitive
    }

    var testDescription: String { name }

    func definition() throws -> Definition { try load(yaml) }

    func interpreter() throws -> Interpreter {
        let context = RunContext(
            executionID: "run-1", startedAt: Instant(milliseconds: 1_000_000), aiEnhanced: aiEnhanced, tier: tier,
            pointsOff: pointsOff, randomSeed: 42, runtimeVersion: "1.0.0")
        return Interpreter(definition: try definition(), context: context, input: input)
    }

    func driver() throws -> Driver {
        let answers = answers
        return Driver(try interpreter()) { request, count in
            guard let list = answers[request.step], !list.isEmpty else { return .echoes() }
            return list[min(count, list.count - 1)]
        }
    }

    func check(_ outcome: Outcome?, sourceLocation: SourceLocation = #_sourceLocation) {
        switch (end, outcome) {
        case (.output(let expected), .completed(let value)?):
            #expect(value == expected, "\(value.serialized())", sourceLocation: sourceLocation)
        case (.error(let type, let status, let instance), .failed(let error)?):
            #expect(error.typeName == type, "\(error)", sourceLocation: sourceLocation)
            #expect(error.status == status, "\(error)", sourceLocation: sourceLocation)
            #expect(error.instance == instance, "\(error)", sourceLocation: sourceLocation)
        case (.waits, nil), (.any, _): break
        default: Issue.record("ended otherwise: \(String(describing: outcome))", sourceLocation: sourceLocation)
        }
    }
}

/// Loads a document that is given below its head.
func load(_ yaml: String) throws -> Definition {
    let head = "document: { dsl: '1.0.3', namespace: test, name: case, version: '0.1.0' }\n"
    return try Definition(yaml: head + yaml, catalog: .testing)
}

extension FunctionCatalog {
    static let testing = FunctionCatalog([
        Function(name: "work", versions: ["1.0.0"]),
        Function(name: "extract_text_activity", versions: ["1.0.0"]),
        Function(name: "ai_summarize_activity", versions: ["1.0.0"], isAI: true),
        Function(name: "ai_classify_content_activity", versions: ["1.0.0"], isAI: true),
    ])
}

func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

extension [Case] {
    /// Every case of every table: what the properties are tried on.
    static let all = dataFlow + flow + errors + forks + loops + waiting + calls + enhancements
}
