package import JQ
package import JSON

/// A runtime expression (`${ … }` or a bare jq text where the specification says so), compiled.
package struct Expression: Sendable {
    /// The jq text without `${ }`.
    package var text: String
    package var position: JSONPointer
    /// Compiled with the variables of `Expression.variables(loop:)`, in that order.
    package var program: JQProgram
    /// Names bound besides the standard ones: loop and error variables in scope, without `$`.
    package var scope: [String]
    /// The secrets it names, empty for nearly all. One that names any is never evaluated by the engine: the worker of the
    /// call does that, so that no history holds a secret.
    package var secrets: [String]
    /// It may look at the value it is evaluated on.
    package var readsInput: Bool

    package init(
        text: String, position: JSONPointer, program: JQProgram, scope: [String], secrets: [String] = [],
        readsInput: Bool = true
    ) {
        self.text = text
        self.position = position
        self.program = program
        self.scope = scope
        self.secrets = secrets
        self.readsInput = readsInput
    }

    /// The specification's runtime arguments, bound in this order before the names in `scope`.
    package static let standardVariables = [
        "context", "input", "output", "secrets", "authorization", "task", "workflow", "runtime",
    ]
}

/// A value with expressions inside, at any depth; text without `${ … }` stands for itself.
package indirect enum Template: Sendable {
    case literal(JSONValue)
    case expression(Expression)
    case array([Template])
    case object([(key: String, value: Template)])
}

/// A duration: milliseconds known at load, or an expression that gives an ISO 8601 text or a duration object.
package enum DurationTemplate: Sendable {
    case milliseconds(Int64)
    case template(Template)
}
