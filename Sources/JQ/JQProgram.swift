package import JSON

/// A compiled jq program: a pure function from a JSON value and variables to any number of results.
///
/// Programs are hostile input: what one evaluation may use is bounded by `JQLimits`, and nothing outside the values
/// given (clock, environment, files) can be read.
package struct JQProgram: Sendable {
    package let text: String
    /// The declared variables that the program really uses, so that callers need not build the others.
    package let freeVariables: Set<String>
    private let code: Code

    /// - Parameter variables: names without `$`, bound at evaluation by position.
    package init(compiling text: String, variables: [String] = []) throws(JQError) {
        self.text = text
        code = try Compiler.compile(text, variables: variables)
        freeVariables = Set(code.variables.map { variables[$0] })
    }

    /// All results, in order.
    package func evaluate(
        _ input: JSONValue, variables: [JSONValue] = [], limits: JQLimits = .default
    ) throws(JQError) -> [JSONValue] {
        var fuelUsed = 0
        return try evaluate(input, variables: variables, limits: limits, fuelUsed: &fuelUsed)
    }

    /// All results; adds the cost to `fuelUsed`, also when the evaluation fails.
    package func evaluate(
        _ input: JSONValue, variables: [JSONValue] = [], limits: JQLimits = .default, fuelUsed: inout Int
    ) throws(JQError) -> [JSONValue] {
        var machine = Machine(code, input: input, variables: variables, limits: limits)
        defer { fuelUsed += limits.fuel - max(0, machine.budget.fuel) }
        var results: [JSONValue] = []
        var next = try machine.next()
        while let result = next {
            guard results.count < limits.outputs else {
                throw JQError(.outputs, "the expression gives more than \(limits.outputs) results")
            }
            results.append(result)
            try machine.keep(result)
            next = try machine.resume()
        }
        return results
    }

    /// The first result, nil if there is none; the program runs no further.
    package func first(
        _ input: JSONValue, variables: [JSONValue] = [], limits: JQLimits = .default
    ) throws(JQError) -> JSONValue? {
        var machine = Machine(code, input: input, variables: variables, limits: limits)
        return try machine.next()
    }

    /// The first result; adds the cost to `fuelUsed`, also when the evaluation fails.
    package func first(
        _ input: JSONValue, variables: [JSONValue] = [], limits: JQLimits = .default, fuelUsed: inout Int
    ) throws(JQError) -> JSONValue? {
        var machine = Machine(code, input: input, variables: variables, limits: limits)
        defer { fuelUsed += limits.fuel - max(0, machine.budget.fuel) }
        return try machine.next()
    }
}
