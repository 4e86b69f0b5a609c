/// One validation: walks nodes and value together and collects violations.
struct SchemaEvaluation {
    private enum Limit {
        /// Units of work; a node's visit is one.
        static let work = 5_000_000
        /// Visits within visits.
        static let depth = 1_200
        static let violations = 100
    }

    let schema: JSONSchema
    /// The resources entered on the way here, outermost first: where `$dynamicRef` looks.
    private(set) var scope: [Int] = []
    var instancePath: [PathToken] = []
    var keywordPath: [PathToken] = []
    private(set) var violations: [JSONSchema.Violation] = []
    private var work = 0
    private var depth = 0
    private(set) var isExhausted = false
    /// Above 0 only the outcome counts, and the first failure ends a node.
    private var quietness = 0

    enum PathToken {
        case key(String)
        case index(Int)
    }

    init(_ schema: JSONSchema) { self.schema = schema }

    mutating func run(_ instance: JSONValue) -> [JSONSchema.Violation] {
        var marks: EvaluatedMarks?
        let isValid = evaluate(0, instance, &marks)
        if isValid, !isExhausted { return [] }
        return violations
    }

    var isQuiet: Bool { quietness > 0 }

    // MARK: Nodes

    /// Checks a value against a node. With `marks`, a valid node adds what it looked at.
    mutating func evaluate(_ id: SchemaNode.ID, _ value: JSONValue, _ marks: inout EvaluatedMarks?) -> Bool {
        guard spend(1) else { return false }
        let node = schema.nodes[id]
        if let always = node.always { return always ? true : fail("is not allowed") }
        guard depth < Limit.depth else { return exhaust("nests too deep to be checked against the schema") }
        depth += 1
        defer { depth -= 1 }
        let entersResource = scope.last != node.resource
        if entersResource { scope.append(node.resource) }
        defer { if entersResource { scope.removeLast() } }

        var own = marks == nil && !node.needsMarks ? nil : EvaluatedMarks(for: value)
        var isValid = true
        for keyword in node.keywords {
            keywordPath.append(.key(keyword.name))
            if !check(keyword.check, value, &own) { isValid = false }
            keywordPath.removeLast()
            if isExhausted || !isValid && isQuiet { break }
        }
        if isValid, let own { marks?.formUnion(own) }
        return isValid && !isExhausted
    }

    /// Whether a value meets a node, without violations.
    mutating func accepts(_ id: SchemaNode.ID, _ value: JSONValue, _ marks: inout EvaluatedMarks?) -> Bool {
        quietness += 1
        defer { quietness -= 1 }
        return evaluate(id, value, &marks)
    }

    /// Checks a member or element, which has marks of its own.
    mutating func evaluateChild(_ id: SchemaNode.ID, _ value: JSONValue, at token: PathToken) -> Bool {
        instancePath.append(token)
        defer { instancePath.removeLast() }
        var marks: EvaluatedMarks?
        return evaluate(id, value, &marks)
    }

    /// Checks a subschema that stands at an index or key of a keyword.
    mutating func evaluate(
        _ id: SchemaNode.ID, under token: PathToken, _ value: JSONValue, _ marks: inout EvaluatedMarks?
    ) -> Bool {
        keywordPath.append(token)
        defer { keywordPath.removeLast() }
        return evaluate(id, value, &marks)
    }

    /// Runs a check and takes back the violations it adds.
    mutating func separately(_ body: (inout SchemaEvaluation) -> Bool) -> (isValid: Bool, [JSONSchema.Violation]) {
        let count = violations.count
        let isValid = body(&self)
        let added = Array(violations[min(count, violations.count)...])
        if !isExhausted { violations.removeLast(violations.count - count) }
        return (isValid, added)
    }

    // MARK: Failures

    /// Notes a violation; always false.
    mutating func fail(_ message: @autoclosure () -> String) -> Bool {
        if !isQuiet, violations.count < Limit.violations { note(message()) }
        return false
    }

    /// Takes units of work; false when none is left.
    mutating func spend(_ units: Int) -> Bool {
        work += units
        return work <= Limit.work || exhaust("takes too much work to be checked against the schema")
    }

    /// Ends the validation: from here on nothing is valid, not even `not`.
    mutating func exhaust(_ message: String) -> Bool {
        if !isExhausted { note(message) }
        isExhausted = true
        return false
    }

    private mutating func note(_ message: String) {
        violations.append(
            JSONSchema.Violation(
                instance: JSONPointer(tokens: instancePath.lazy.map(\.text)),
                keyword: JSONPointer(tokens: keywordPath.lazy.map(\.text)), message: message))
    }
}

extension SchemaEvaluation.PathToken {
    fileprivate var text: String {
        switch self {
        case .key(let key): key
        case .index(let index): String(index)
        }
    }
}

/// Which members or elements of one value a schema has looked at, for `unevaluatedProperties` and `…Items`.
struct EvaluatedMarks {
    private var isMarked: [Bool]

    init(for value: JSONValue) {
        let count =
            switch value {
            case .array(let elements): elements.count
            case .object(let members): members.count
            default: 0
            }
        isMarked = [Bool](repeating: false, count: count)
    }

    subscript(position: Int) -> Bool {
        get { isMarked[position] }
        set { isMarked[position] = newValue }
    }

    mutating func formUnion(_ other: EvaluatedMarks) {
        for position in isMarked.indices where other.isMarked[position] { isMarked[position] = true }
    }
}
