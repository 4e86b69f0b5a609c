package import JSON

/// One run of one task, for people.
package struct Step: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case running, completed, failed, skipped, cancelled
        /// An enhancement point that gave its fallback.
        case fallback
    }

    /// Counted from 1 over the whole execution, in order of beginning.
    package var number: Int
    package var name: String
    /// JSON Pointer of the task.
    package var position: String
    /// `do`, `set`, `call`, …
    package var kind: String
    /// The called function or activity.
    package var function: String?
    package var status: Status
    package var startedAt: Instant
    package var endedAt: Instant?
    /// From 1; counts the attempts of the nearest `try` around the task.
    package var attempt: Int
    package var enhancement: EnhancementUse?
    package var error: WorkflowError?
}

/// What became of an enhancement point in one run of its task.
package struct EnhancementUse: Sendable, Hashable {
    package var id: String
    /// The task's name.
    package var task: String
    /// The enhanced result was used; false: the fallback, or the fault the author wants.
    package var used: Bool
    /// `not_requested`, `not_entitled`, `switched_off`, `held_out`, `timed_out`, `budget_exceeded`, `unavailable`, `unsupported`, `failed`, …
    package var reason: String?
    package var detail: String?
}

extension Step {
    /// Members without a value are left out; moments are milliseconds since 1970.
    package var json: JSONValue {
        var object: JSONObject = [
            "number": .integer(Int64(number)), "name": .string(name), "position": .string(position),
            "kind": .string(kind), "status": .string(status.rawValue),
            "started": .integer(startedAt.milliseconds), "attempt": .integer(Int64(attempt)),
        ]
        if let function { object["function"] = .string(function) }
        if let endedAt { object["ended"] = .integer(endedAt.milliseconds) }
        if let enhancement { object["enhancement"] = enhancement.json }
        if let error { object["error"] = error.json }
        return .object(object)
    }

    init?(json: JSONValue) {
        guard let number = json["number"]?.integer, let name = json["name"]?.string,
            let position = json["position"]?.string, let kind = json["kind"]?.string,
            let status = json["status"]?.string.flatMap(Status.init(rawValue:)), let started = json["started"]?.integer,
            let attempt = json["attempt"]?.integer
        else { return nil }
        self.init(
            number: Int(number), name: name, position: position, kind: kind, function: json["function"]?.string,
            status: status, startedAt: Instant(milliseconds: started),
            endedAt: json["ended"]?.integer.map { Instant(milliseconds: $0) }, attempt: Int(attempt),
            enhancement: json["enhancement"].flatMap { EnhancementUse(json: $0) },
            error: json["error"].flatMap { WorkflowError(json: $0) })
    }
}

extension EnhancementUse {
    package var json: JSONValue {
        var object: JSONObject = ["id": .string(id), "task": .string(task), "used": .bool(used)]
        if let reason { object["reason"] = .string(reason) }
        if let detail { object["detail"] = .string(detail) }
        return .object(object)
    }

    init?(json: JSONValue) {
        guard let id = json["id"]?.string, let task = json["task"]?.string, let used = json["used"]?.bool else {
            return nil
        }
        self.init(id: id, task: task, used: used, reason: json["reason"]?.string, detail: json["detail"]?.string)
    }
}
