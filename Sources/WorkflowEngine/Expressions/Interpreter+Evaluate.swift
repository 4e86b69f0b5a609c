import JQ
import JSON
import WorkflowDefinition

extension Interpreter {
    /// A condition: everything but `false` and `null` is true.
    mutating func test(_ expression: Expression, on value: ValueID, _ scope: Scope) throws(WorkflowError) -> Bool {
        switch try evaluate(expression, on: state.values[value], scope) {
        case .null, .bool(false): false
        default: true
        }
    }

    /// `from` and `as`: no template leaves the value as it is, and shares it.
    mutating func transform(
        _ value: ValueID, _ template: Template?, _ scope: Scope, default unchanged: ValueID? = nil
    ) throws(WorkflowError) -> ValueID {
        guard let template else { return unchanged ?? value }
        return try insert(try evaluate(template, on: value, scope))
    }

    mutating func evaluate(_ template: Template, on value: ValueID, _ scope: Scope) throws(WorkflowError) -> JSONValue {
        if case .literal(let literal) = template { return literal }
        return try evaluate(template, on: state.values[value], scope)
    }

    mutating func evaluate(
        _ template: Template, on value: JSONValue, _ scope: Scope
    ) throws(WorkflowError) -> JSONValue {
        switch template {
        case .literal(let literal): return literal
        case .expression(let expression): return try evaluate(expression, on: value, scope)
        case .array(let elements):
            var array: [JSONValue] = []
            array.reserveCapacity(elements.count)
            for element in elements { array.append(try evaluate(element, on: value, scope)) }
            return .array(array)
        case .object(let members):
            var object = JSONObject()
            object.reserveCapacity(members.count)
            for member in members { object[member.key] = try evaluate(member.value, on: value, scope) }
            return .object(object)
        }
    }

    /// The first result; none counts as null.
    private mutating func evaluate(
        _ expression: Expression, on value: JSONValue, _ scope: Scope
    ) throws(WorkflowError) -> JSONValue {
        let variables = arguments(of: expression, scope)
        var limits = Budget.expression
        let fuel = min(limits.fuel, turn.fuel)
        limits.fuel = fuel
        var used = 0
        defer { turn.fuel -= min(used, turn.fuel) }
        do throws(JQError) {
            return try expression.program.first(value, variables: variables, limits: limits, fuelUsed: &used) ?? .null
        } catch {
            if case .fuel = error.kind, fuel < Budget.expression.fuel {
                throw exhausted("expressions of a cost of \(Budget.fuel)")
            }
            throw WorkflowError(
                .expression, detail: "\(Self.excerpt(error.message)) in the expression \(Self.excerpt(expression.text))"
            )
        }
    }

    /// The arguments in the order the expression was compiled with; null stands for those it does not mention.
    mutating func arguments(of expression: Expression, _ scope: Scope) -> [JSONValue] {
        let used = expression.program.freeVariables
        var arguments: [JSONValue] = []
        arguments.reserveCapacity(Expression.standardVariables.count + expression.scope.count)
        for name in Expression.standardVariables {
            guard used.contains(name) else {
                arguments.append(.null)
                continue
            }
            switch name {
            case "context": arguments.append(state.values[state.context])
            case "input": arguments.append(scope.hasInput ? state.values[self[scope.frame].input] : .null)
            case "output": arguments.append(state.values[scope.output])
            case "task": arguments.append(taskDescriptor(scope))
            case "workflow": arguments.append(workflowDescriptor())
            case "runtime": arguments.append(runtimeDescriptor())
            // Secrets and authorisations are resolved inside activities only, so that no history holds them.
            default: arguments.append(.null)
            }
        }
        for name in expression.scope {
            arguments.append(used.contains(name) ? binding(name, scope) : .null)
        }
        return arguments
    }

    private static func excerpt(_ text: String) -> String {
        text.utf8.count <= 300 ? text : String(text.prefix(300)) + "…"
    }

    func validate(_ value: ValueID, _ schema: JSONSchema?, _ what: String) throws(WorkflowError) {
        guard let schema else { return }
        let violations = schema.validate(state.values[value])
        guard !violations.isEmpty else { return }
        let list = violations.prefix(5).map { $0.description }.joined(separator: "; ")
        let more = violations.count > 5 ? "; and \(violations.count - 5) more" : ""
        throw WorkflowError(.validation, detail: Self.excerpt("the \(what) is not as its schema says: \(list)\(more)"))
    }

    // MARK: Durations

    mutating func milliseconds(
        _ template: DurationTemplate, _ scope: Scope, on value: ValueID
    ) throws(WorkflowError) -> Int64 {
        switch template {
        case .milliseconds(let milliseconds): return max(0, milliseconds)
        case .template(let template):
            let duration = try evaluate(template, on: value, scope)
            do throws(DurationValue.Problem) {
                return try DurationValue.milliseconds(of: duration)
            } catch {
                throw WorkflowError(.expression, detail: Self.excerpt(error.message))
            }
        }
    }
}
