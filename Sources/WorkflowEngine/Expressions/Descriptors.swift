import JSON
import WorkflowDefinition

/// Arguments that stay the same over the whole run.
struct Descriptors: Sendable {
    var workflow: JSONValue?
    var runtime: JSONValue?
}

extension Interpreter {
    /// `$workflow`.
    mutating func workflowDescriptor() -> JSONValue {
        if let descriptor = descriptors.workflow { return descriptor }
        let descriptor: JSONValue = [
            "id": .string(context.executionID), "definition": plan.definition.source,
            "input": state.values[state.input], "startedAt": Self.dateTime(context.startedAt),
        ]
        descriptors.workflow = descriptor
        return descriptor
    }

    /// `$runtime`.
    mutating func runtimeDescriptor() -> JSONValue {
        if let descriptor = descriptors.runtime { return descriptor }
        let descriptor: JSONValue = [
            "name": "workflow-service", "version": .string(context.runtimeVersion),
            "metadata": ["tier": .string(context.tier), "ai_enhanced": .bool(context.aiEnhanced)],
        ]
        descriptors.runtime = descriptor
        return descriptor
    }

    /// `$task`.
    func taskDescriptor(_ scope: Scope) -> JSONValue {
        let frame = self[scope.frame]
        guard frame.parent != .none else { return .null }
        let node = node(scope.frame)
        let definition = JSONPointer(node.position).flatMap { plan.definition.source[$0] }
        return [
            "name": .string(node.task.name), "reference": .string(node.position), "definition": definition ?? .null,
            "input": state.values[frame.rawInput], "output": state.values[scope.rawOutput],
            "startedAt": Self.dateTime(frame.startedAt),
        ]
    }

    private static func dateTime(_ instant: Instant) -> JSONValue {
        [
            "iso8601": .string(instant.iso8601),
            "epoch": [
                "seconds": .integer(instant.milliseconds.quotientAndRemainder(dividingBy: 1000).quotient),
                "milliseconds": .integer(instant.milliseconds),
            ],
        ]
    }
}
