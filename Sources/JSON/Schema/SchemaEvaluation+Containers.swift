extension SchemaEvaluation {
    // MARK: Arrays

    mutating func checkArray(_ check: SchemaCheck, _ elements: [JSONValue], _ marks: inout EvaluatedMarks?) -> Bool {
        switch check {
        case .maxItems(let bound):
            return elements.count <= bound || fail("must have at most \(Self.counted(bound, "item"))")
        case .minItems(let bound):
            return elements.count >= bound || fail("must have at least \(Self.counted(bound, "item"))")
        case .uniqueItems: return checkUnique(elements)
        case .prefixItems(let nodes):
            var isValid = true
            for (index, (node, element)) in zip(nodes, elements).enumerated() where !isExhausted {
                keywordPath.append(.index(index))
                if !evaluateChild(node, element, at: .index(index)) { isValid = false }
                keywordPath.removeLast()
                marks?[index] = true
            }
            return isValid
        case .items(let node, let start): return checkElements(elements, from: start, node, &marks) { _ in true }
        case .unevaluatedItems(let node):
            let seen = marks
            return checkElements(elements, from: 0, node, &marks) { seen?[$0] == false }
        case .contains(let node, let minimum, let maximum):
            var count = 0
            for (index, element) in elements.enumerated() where !isExhausted {
                var none: EvaluatedMarks?
                guard accepts(node, element, &none) else { continue }
                count += 1
                marks?[index] = true
            }
            if count < minimum {
                return fail("must contain at least \(Self.counted(minimum, "matching item")), not \(count)")
            }
            if let maximum, count > maximum {
                return fail("must contain at most \(Self.counted(maximum, "matching item")), not \(count)")
            }
            return true
        default: return true
        }
    }

    private mutating func checkElements(
        _ elements: [JSONValue], from start: Int, _ node: SchemaNode.ID, _ marks: inout EvaluatedMarks?,
        where isMeant: (Int) -> Bool
    ) -> Bool {
        var isValid = true
        for index in elements.indices.dropFirst(start) where !isExhausted && isMeant(index) {
            if !evaluateChild(node, elements[index], at: .index(index)) { isValid = false }
            if !isValid, isQuiet { break }
            marks?[index] = true
        }
        return isValid
    }

    private mutating func checkUnique(_ elements: [JSONValue]) -> Bool {
        var positions: [JSONValue: Int] = [:]
        for (index, element) in elements.enumerated() {
            guard spend(4 * element.cost(limit: 1_000_000)) else { return false }
            if let first = positions.updateValue(index, forKey: element) {
                return fail("must have unique items, but items \(first) and \(index) are equal")
            }
        }
        return true
    }

    // MARK: Objects

    mutating func checkObject(
        _ check: SchemaCheck, _ members: JSONObject, _ value: JSONValue, _ marks: inout EvaluatedMarks?
    ) -> Bool {
        switch check {
        case .maxProperties(let bound):
            return members.count <= bound || fail("must have at most \(bound) properties")
        case .minProperties(let bound):
            return members.count >= bound || fail("must have at least \(bound) properties")
        case .required(let keys): return checkRequired(keys, in: members) { "\($0) is required" }
        case .dependentRequired(let entries):
            var isValid = true
            for (key, keys) in entries where members.contains(key) {
                let given = Self.shown(.string(key))
                if !checkRequired(keys, in: members, { "\($0) is required beside \(given)" }) { isValid = false }
            }
            return isValid
        case .dependentSchemas(let entries):
            var isValid = true
            for (key, node) in entries where !isExhausted && members.contains(key) {
                if !evaluate(node, under: .key(key), value, &marks) { isValid = false }
            }
            return isValid
        case .properties(let properties): return checkProperties(properties, members, &marks)
        case .patternProperties(let patterns): return checkPatternProperties(patterns, members, &marks)
        case .additionalProperties(let node, let properties, let patterns):
            var isValid = true
            for (position, member) in members.enumerated() where !isExhausted {
                guard spend(1), properties[member.key] == nil else { continue }
                var isMatched = false
                for pattern in patterns where !isMatched { isMatched = matches(pattern, member.key) }
                if isMatched || isExhausted { continue }
                if !evaluateChild(node, member.value, at: .key(member.key)) { isValid = false }
                if !isValid, isQuiet { break }
                marks?[position] = true
            }
            return isValid
        case .unevaluatedProperties(let node):
            let seen = marks
            var isValid = true
            for (position, member) in members.enumerated() where !isExhausted && seen?[position] == false {
                if !evaluateChild(node, member.value, at: .key(member.key)) { isValid = false }
                marks?[position] = true
            }
            return isValid
        case .propertyNames(let node):
            var isValid = true
            for (key, _) in members where !isExhausted {
                if !evaluateChild(node, .string(key), at: .key(key)) { isValid = false }
            }
            return isValid
        default: return true
        }
    }

    private mutating func checkRequired(
        _ keys: [String], in members: JSONObject, _ message: (String) -> String
    ) -> Bool {
        guard spend(keys.count) else { return false }
        var isValid = true
        for key in keys where !members.contains(key) { isValid = fail(message(Self.shown(.string(key)))) }
        return isValid
    }

    private mutating func checkProperties(
        _ properties: JSONKeyed<SchemaNode.ID>, _ members: JSONObject, _ marks: inout EvaluatedMarks?
    ) -> Bool {
        var isValid = true
        for (position, member) in members.enumerated() where !isExhausted {
            guard spend(1), let node = properties[member.key] else { continue }
            keywordPath.append(.key(member.key))
            if !evaluateChild(node, member.value, at: .key(member.key)) { isValid = false }
            keywordPath.removeLast()
            if !isValid, isQuiet { break }
            marks?[position] = true
        }
        return isValid
    }

    private mutating func checkPatternProperties(
        _ patterns: [(pattern: SchemaPattern, node: SchemaNode.ID)], _ members: JSONObject,
        _ marks: inout EvaluatedMarks?
    ) -> Bool {
        var isValid = true
        for (position, member) in members.enumerated() {
            for (pattern, node) in patterns where !isExhausted && matches(pattern, member.key) {
                keywordPath.append(.key(pattern.source))
                if !evaluateChild(node, member.value, at: .key(member.key)) { isValid = false }
                keywordPath.removeLast()
                marks?[position] = true
            }
        }
        return isValid
    }
}
