import JSON

extension SourceDocument {
    /// A document that came as a value, held to the same bounds as a text.
    init(_ value: JSONValue, limits: DefinitionLimits) throws(Diagnostic) {
        var count = 0
        try SourceDocument.check(value, at: .root, depth: 0, count: &count, limits: limits)
        self.init(value: value)
    }

    private static func check(
        _ value: JSONValue, at pointer: JSONPointer, depth: Int, count: inout Int, limits: DefinitionLimits
    ) throws(Diagnostic) {
        count += 1
        guard count <= limits.nodes else {
            throw Diagnostic(.limit, "more than \(limits.nodes) values; split the definition", at: pointer)
        }
        switch value {
        case .array, .object:
            guard depth < limits.depth else {
                throw Diagnostic(.limit, "more than \(limits.depth) nested arrays and objects", at: pointer)
            }
        default: break
        }
        switch value {
        case .null, .bool, .integer, .double: break
        case .string(let text): try check(text, at: pointer)
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try check(element, at: pointer.appending(index), depth: depth + 1, count: &count, limits: limits)
            }
        case .object(let object):
            for (key, member) in object {
                try check(key, at: pointer)
                count += 1
                let inner = pointer.appending(key)
                guard inner.description.utf8.count <= limits.pathBytes else {
                    throw Diagnostic(.limit, "names that nest to more than \(limits.pathBytes) bytes", at: pointer)
                }
                try check(member, at: inner, depth: depth + 1, count: &count, limits: limits)
            }
        }
    }

    private static func check(_ text: String, at pointer: JSONPointer) throws(Diagnostic) {
        if text.utf8.contains(0) {
            throw Diagnostic(.syntax, "a NUL character, which the database cannot hold; leave it out", at: pointer)
        }
    }
}
