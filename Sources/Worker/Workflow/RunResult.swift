package import JSON
package import WorkflowEngine

/// What every template returns: `{result, ai_enhanced, execution_metadata}`.
struct RunResult {
    let json: JSONValue

    init(_ value: JSONValue, _ interpreter: Interpreter, _ pin: RunPin?, _ now: Instant) {
        var metadata = JSONObject()
        metadata["execution_id"] = .string(interpreter.context.executionID)
        metadata["template"] = pin.map { .string($0.templateName) }
        metadata["version"] = pin.map { .string($0.templateVersion) }
        metadata["started_at"] = .string(interpreter.context.startedAt.iso8601)
        metadata["completed_at"] = .string(now.iso8601)
        metadata["duration_ms"] = .integer(now.milliseconds - interpreter.context.startedAt.milliseconds)
        metadata["steps"] = .integer(Int64(interpreter.stepCount))
        metadata["fallback_used"] = .bool(interpreter.fallbackUsed)
        metadata["ai_activities_used"] = .array(interpreter.aiActivities.map { .string($0) })
        metadata["enhancements"] = .array(interpreter.enhancements.map(\.json))
        json = [
            "result": value, "ai_enhanced": .bool(interpreter.context.aiEnhanced),
            "execution_metadata": .object(metadata),
        ]
    }
}

extension EnhancementUse {
    package var json: JSONValue {
        var object = JSONObject()
        object["id"] = .string(id)
        object["task"] = .string(task)
        object["used"] = .bool(used)
        object["reason"] = reason.map { .string($0) }
        object["detail"] = detail.map { .string($0) }
        return .object(object)
    }
}

extension Step {
    var json: JSONValue {
        var object = JSONObject()
        object["number"] = .integer(Int64(number))
        object["name"] = .string(name)
        object["position"] = .string(position)
        object["kind"] = .string(kind)
        object["function"] = function.map { .string($0) }
        object["status"] = .string(status.rawValue)
        object["started_at"] = .string(startedAt.iso8601)
        if let endedAt {
            object["ended_at"] = .string(endedAt.iso8601)
            object["duration_ms"] = .integer(endedAt.milliseconds - startedAt.milliseconds)
        }
        object["attempt"] = .integer(Int64(attempt))
        object["enhancement"] = enhancement?.json
        object["error"] = error?.json
        return .object(object)
    }
}
