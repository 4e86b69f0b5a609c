extension SchemaEvaluation {
    /// Runs one keyword's check; a value of a type that the keyword says nothing about passes.
    mutating func check(_ check: SchemaCheck, _ value: JSONValue, _ marks: inout EvaluatedMarks?) -> Bool {
        switch check {
        case .reference(let node): return evaluate(node, value, &marks)
        case .dynamicReference(let anchor, let node):
            return evaluate(dynamicTarget(of: anchor) ?? node, value, &marks)
        case .allOf, .anyOf, .oneOf, .not, .condition: return checkCombination(check, value, &marks)
        case .type(let types): return checkType(value, types)
        case .enumeration(let enumeration):
            guard spend(enumeration.cost(of: value)) else { return false }
            return enumeration.contains(value) || fail(Self.message(oneOf: enumeration.values))
        case .constant(let constant): return constant == value || fail("must be \(Self.shown(constant))")
        default: break
        }
        switch value {
        case .integer, .double: return checkNumber(check, value)
        case .string(let string): return checkString(check, string)
        case .array(let elements): return checkArray(check, elements, &marks)
        case .object(let members): return checkObject(check, members, value, &marks)
        case .null, .bool: return true
        }
    }

    /// The outermost resource on the way here that has the dynamic anchor decides.
    private func dynamicTarget(of anchor: String) -> SchemaNode.ID? {
        for resource in scope {
            if let node = schema.resources[resource].dynamicAnchors[anchor] { return node }
        }
        return nil
    }

    private mutating func checkType(_ value: JSONValue, _ types: [String]) -> Bool {
        let name = value.typeName
        if types.contains(name) || value.isIntegral && types.contains("integer") { return true }
        return fail("must be of type \(types.joined(separator: " or ")), not \(name)")
    }

    // MARK: Combinations

    private mutating func checkCombination(
        _ check: SchemaCheck, _ value: JSONValue, _ marks: inout EvaluatedMarks?
    ) -> Bool {
        switch check {
        case .allOf(let nodes):
            var isValid = true
            for (index, node) in nodes.enumerated() where !isExhausted {
                if !evaluate(node, under: .index(index), value, &marks) { isValid = false }
                if !isValid, isQuiet { break }
            }
            return isValid
        case .anyOf(let nodes): return checkAnyOf(nodes, value, &marks)
        case .oneOf(let nodes):
            var valid: [Int] = []
            var reasons: [JSONSchema.Violation] = []
            for (index, node) in nodes.enumerated() where valid.count < 2 && !isExhausted {
                var own = marks
                let (isValid, violations) = separately { $0.evaluate(node, under: .index(index), value, &own) }
                if isValid {
                    valid.append(index)
                    marks = own
                }
                reasons += violations.prefix(1)
            }
            if valid.count > 1 {
                let both = "number \(valid[0] + 1) and \(valid[1] + 1)"
                return fail("must meet only one of the alternatives, but meets \(both)")
            }
            return valid.count == 1 || failAlternatives(nodes.count, reasons)
        case .not(let node):
            var own: EvaluatedMarks?
            let isValid = !accepts(node, value, &own)
            return isValid && !isExhausted || fail("is of a kind that is not allowed here")
        case .condition(let condition, let then, let otherwise):
            let holds = accepts(condition, value, &marks)
            guard !isExhausted, let branch = holds ? then : otherwise else { return !isExhausted }
            // `then` and `else` are keywords of their own, beside `if`.
            let keyword = keywordPath.removeLast()
            defer { keywordPath.append(keyword) }
            return evaluate(branch, under: .key(holds ? "then" : "else"), value, &marks)
        default: return true
        }
    }

    private mutating func checkAnyOf(
        _ nodes: [SchemaNode.ID], _ value: JSONValue, _ marks: inout EvaluatedMarks?
    ) -> Bool {
        var hasValid = false
        var reasons: [JSONSchema.Violation] = []
        for (index, node) in nodes.enumerated() where !isExhausted {
            let (isValid, violations) = separately { $0.evaluate(node, under: .index(index), value, &marks) }
            hasValid = hasValid || isValid
            reasons += violations.prefix(1)
            // Without marks to collect, one is enough.
            if isValid, marks == nil { return true }
        }
        return hasValid || failAlternatives(nodes.count, reasons)
    }

    private mutating func failAlternatives(_ count: Int, _ reasons: [JSONSchema.Violation]) -> Bool {
        guard !isQuiet, !isExhausted else { return false }
        let depth = instancePath.count
        let shown = reasons.prefix(4).map { reason in
            let below = reason.instance.tokens.dropFirst(depth)
            return below.isEmpty ? reason.message : "\(JSONPointer(tokens: below)) \(reason.message)"
        }
        let dots = reasons.count > shown.count ? "; …" : ""
        return fail("meets none of \(count) alternatives: \(shown.joined(separator: "; "))\(dots)")
    }

    // MARK: Messages

    private static func message(oneOf values: [JSONValue]) -> String {
        let shown = values.prefix(10).map(shown).joined(separator: ", ")
        return values.count == 1 ? "must be \(shown)" : "must be one of \(shown)\(values.count > 10 ? ", …" : "")"
    }

    /// A value of the schema, cut short.
    static func shown(_ value: JSONValue) -> String {
        let text = value.serialized()
        return text.unicodeScalars.count <= 60 ? text : String(text.unicodeScalars.prefix(59)) + "…"
    }
}

extension JSONValue {
    /// Whether JSON Schema calls it an integer: 1.0 is one.
    var isIntegral: Bool {
        switch self {
        case .integer: true
        case .double(let value): value.rounded() == value
        default: false
        }
    }

    /// Units of work to read a string.
    var textCost: Int { string.map { $0.utf8.count / 64 } ?? 0 }

    /// Units of work to read the whole value, at most about `limit`.
    func cost(limit: Int) -> Int {
        var cost = 1 + textCost
        switch self {
        case .array(let elements):
            for element in elements where cost < limit { cost += element.cost(limit: limit - cost) }
        case .object(let members):
            for (_, member) in members where cost < limit { cost += 1 + member.cost(limit: limit - cost) }
        default: break
        }
        return cost
    }
}
