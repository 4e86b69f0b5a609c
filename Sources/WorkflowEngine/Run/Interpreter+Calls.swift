import JSON
import WorkflowDefinition

extension Interpreter {
    mutating func schedule(_ call: Call, _ frame: FrameID, _ node: PlanNode) throws(WorkflowError) {
        let input = self[frame].input
        let scope = Scope(frame, hasInput: true)
        var request: ActivityRequest
        switch call {
        case .function(let name, let version, _, let arguments):
            let (with, deferred) = try evaluateDeferringSecrets(arguments, on: input, scope)
            request = ActivityRequest(
                target: .function(name: name, version: version), input: with, position: node.position,
                step: node.task.name)
            request.deferred = deferred
        case .http(let arguments):
            var (with, deferred) = try evaluateDeferringSecrets(arguments, on: input, scope)
            try expandEndpoint(of: arguments, in: &with, from: input)
            request = ActivityRequest(target: .http, input: with, position: node.position, step: node.task.name)
            request.deferred = deferred
        case .activity(let activity):
            request = ActivityRequest(
                target: .activity(name: activity.name, taskQueue: activity.taskQueue),
                input: try evaluate(activity.input, on: input, scope), position: node.position, step: node.task.name)
            request.scheduleToClose = try optionalMilliseconds(activity.scheduleToClose, scope, on: input)
            request.scheduleToStart = try optionalMilliseconds(activity.scheduleToStart, scope, on: input)
            request.startToClose = try optionalMilliseconds(activity.startToClose, scope, on: input)
            request.heartbeat = try optionalMilliseconds(activity.heartbeat, scope, on: input)
            request.retry = activity.retry
        }
        let size = try checkedSize(request.input)
        if let point = enhancement(around: frame) {
            request.enhancement = self.node(point).task.enhancement?.id
            request.scheduleToClose = min(request.scheduleToClose ?? .max, self[point].enhancementTimeout)
        }
        let id = state.activities.open(frame)
        self[frame].activity = id
        self[frame].phase = .call
        observeCall(frame, id, request.input, size: size)
        turn.effects.append(.scheduleActivity(id, request))
    }

    /// The nearest enhancement point that a frame runs in and that has not fallen back.
    func enhancement(around frame: FrameID) -> FrameID? {
        var frame = frame
        while frame != .none {
            if node(frame).task.enhancement != nil, !self[frame].hasFallenBack { return frame }
            frame = self[frame].parent
        }
        return nil
    }

    /// Fills in the `{name}`s of an endpoint that the definition gives as a literal text.
    private func expandEndpoint(
        of arguments: Template, in with: inout JSONValue, from input: ValueID
    ) throws(WorkflowError) {
        guard case .object(var members) = with, let endpoint = arguments.member("endpoint") else { return }
        let values = state.values[input]
        if case .literal(.string(let text)) = endpoint {
            members["endpoint"] = .string(try URITemplate(text).expanded(from: values))
        } else if case .literal(.string(let text))? = endpoint.member("uri"),
            case .object(var object)? = members["endpoint"]
        {
            object["uri"] = .string(try URITemplate(text).expanded(from: values))
            members["endpoint"] = .object(object)
        } else {
            return
        }
        with = .object(members)
    }

    /// The error that a `raise` task describes.
    mutating func raised(_ template: ErrorTemplate, on input: ValueID, _ scope: Scope) throws(WorkflowError)
        -> WorkflowError
    {
        guard case .string(let type) = try evaluate(template.type, on: input, scope) else {
            throw WorkflowError(.configuration, detail: "the type of the raised error is no text")
        }
        guard let number = try evaluate(template.status, on: input, scope).integer, let status = Int(exactly: number)
        else {
            throw WorkflowError(.configuration, detail: "the status of the raised error is no integer")
        }
        return WorkflowError(
            type: type, status: status, title: try text(template.title, on: input, scope) ?? "",
            detail: try text(template.detail, on: input, scope),
            instance: try text(template.instance, on: input, scope) ?? "")
    }

    private mutating func optionalMilliseconds(
        _ template: DurationTemplate?, _ scope: Scope, on input: ValueID
    ) throws(WorkflowError) -> Int64? {
        guard let template else { return nil }
        return try milliseconds(template, scope, on: input)
    }

    private mutating func text(_ template: Template?, on input: ValueID, _ scope: Scope) throws(WorkflowError)
        -> String?
    {
        guard let template else { return nil }
        return switch try evaluate(template, on: input, scope) {
        case .null: nil
        case .string(let text): text
        case let other: other.serialized()
        }
    }
}

extension Template {
    /// The template of an object's member, where it can be told without evaluating anything.
    fileprivate func member(_ key: String) -> Template? {
        switch self {
        case .literal(let value): value[key].map { .literal($0) }
        case .object(let members): members.first { $0.key == key }?.value
        case .array, .expression: nil
        }
    }
}
