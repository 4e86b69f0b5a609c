import JQ
import JSON
import WorkflowDefinition

/// A catalogue such as a service has, small enough to read.
let catalog = FunctionCatalog([
    .init(
        name: "ai_summarize_activity", versions: ["1.0.0"],
        with: try? JSONSchema(compiling: [
            "type": "object", "required": ["text"], "additionalProperties": false,
            "properties": ["text": ["type": "string"], "max_words": ["type": "integer", "minimum": 1]],
        ]), isAI: true),
    .init(name: "extract_text_activity", versions: ["1.0.0", "1.1.0"]),
    .init(name: "log", versions: ["1.0.0"]),
])

/// A definition around tasks, which are given as the lines below `do:`; they begin on line 7.
func definition(_ tasks: String) -> String {
    """
    document:
      dsl: '1.0.3'
      namespace: test
      name: example
      version: '1.0.0'
    do:
    \(tasks.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n"))
    """
}

func loaded(_ text: String) throws -> Definition { try Definition(yaml: text, catalog: catalog) }

func diagnostics(_ text: String) -> [Diagnostic] { Definition.diagnose(text, catalog: catalog).diagnostics }

/// Everything that a definition holds, as text; a program is shown by its text, a schema by being there.
func shape(_ value: Any) -> String {
    switch value {
    case let program as JQProgram: return "jq(\(program.text))"
    case is JSONSchema: return "schema"
    case let json as JSONValue: return json.serialized()
    case let json as JSONObject: return JSONValue.object(json).serialized()
    case let pointer as JSONPointer: return pointer.description
    default: break
    }
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return "\(value)" }
    return "\(mirror.subjectType)("
        + mirror.children.map { "\($0.label ?? ""): \(shape($0.value))" }.joined(separator: ", ") + ")"
}
