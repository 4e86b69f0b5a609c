import JQ
import JSON
import WorkflowDefinition

extension Interpreter {
    /// A call's arguments; the expressions over secrets stay as their text, and come back with all else that they need.
    mutating func evaluateDeferringSecrets(
        _ template: Template, on value: ValueID, _ scope: Scope
    ) throws(WorkflowError) -> (JSONValue, [DeferredArgument]) {
        guard template.namesSecrets else { return (try evaluate(template, on: value, scope), []) }
        var deferred: [DeferredArgument] = []
        let shown = try evaluate(template, on: state.values[value], scope, at: .root, &deferred)
        return (shown, deferred)
    }

    private mutating func evaluate(
        _ template: Template, on value: JSONValue, _ scope: Scope, at place: JSONPointer,
        _ deferred: inout [DeferredArgument]
    ) throws(WorkflowError) -> JSONValue {
        guard template.namesSecrets else { return try evaluate(template, on: value, scope) }
        switch template {
        case .literal(let literal): return literal
        case .expression(let expression):
            let argument = DeferredArgument(
                place: place, expression: expression.text, input: expression.readsInput ? value : .null,
                variables: namedArguments(of: expression, scope), secrets: expression.secrets)
            _ = try checkedSize(argument.input)
            _ = try checkedSize(.object(argument.variables))
            deferred.append(argument)
            return .string("${ \(expression.text) }")
        case .array(let elements):
            var array: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                array.append(try evaluate(element, on: value, scope, at: place.appending(index), &deferred))
            }
            return .array(array)
        case .object(let members):
            var object = JSONObject()
            for (key, member) in members {
                object[key] = try evaluate(member, on: value, scope, at: place.appending(key), &deferred)
            }
            return .object(object)
        }
    }

    /// What the expression sees besides its input and the secrets.
    private mutating func namedArguments(of expression: Expression, _ scope: Scope) -> JSONObject {
        let values = arguments(of: expression, scope)
        var named = JSONObject()
        for (name, value) in zip(Expression.standardVariables + expression.scope, values)
        where name != "secrets" && expression.program.freeVariables.contains(name) {
            named[name] = value
        }
        return named
    }
}

extension Template {
    fileprivate var namesSecrets: Bool {
        switch self {
        case .literal: false
        case .expression(let expression): !expression.secrets.isEmpty
        case .array(let elements): elements.contains(where: \.namesSecrets)
        case .object(let members): members.contains { $0.value.namesSecrets }
        }
    }
}
