/// Fills the `default` of missing properties in.
struct SchemaDefaults {
    /// Visits of a node; what a schema of nested defaults would fill beyond stays missing.
    private static let workLimit = 100_000

    private let schema: JSONSchema
    private var work = 0
    /// The nodes whose default is being filled in: one within itself stays as it is written.
    private var open: Set<SchemaNode.ID> = []

    init(_ schema: JSONSchema) { self.schema = schema }

    mutating func fill(_ value: JSONValue, by id: SchemaNode.ID, depth: Int = 0) -> JSONValue {
        work += 1
        guard work <= Self.workLimit, depth <= JSONValue.depthLimit, value.isContainer else { return value }
        var result = value
        for keyword in schema.nodes[id].keywords {
            switch keyword.check {
            case .reference(let node), .dynamicReference(_, let node):
                result = fill(result, by: node, depth: depth + 1)
            case .allOf(let nodes): for node in nodes { result = fill(result, by: node, depth: depth + 1) }
            case .properties(let properties):
                if case .object(let object) = result {
                    result = .object(fill(object, properties, depth: depth + 1))
                }
            case .prefixItems(let nodes):
                guard case .array(var elements) = result else { continue }
                for (index, node) in zip(elements.indices, nodes) {
                    elements[index] = fill(elements[index], by: node, depth: depth + 1)
                }
                result = .array(elements)
            case .items(let node, let start):
                guard case .array(var elements) = result else { continue }
                for index in elements.indices.dropFirst(start) {
                    elements[index] = fill(elements[index], by: node, depth: depth + 1)
                }
                result = .array(elements)
            default: continue
            }
        }
        return result
    }

    private mutating func fill(
        _ object: JSONObject, _ properties: JSONKeyed<SchemaNode.ID>, depth: Int
    ) -> JSONObject {
        var result = object
        for (key, node) in properties.entries {
            if let value = object[key] {
                if value.isContainer { result[key] = fill(value, by: node, depth: depth) }
            } else if let (owner, value) = defaultValue(of: node) {
                guard open.insert(owner).inserted else {
                    result[key] = value
                    continue
                }
                result[key] = fill(value, by: node, depth: depth)
                open.remove(owner)
            }
        }
        return result
    }

    /// The default of a node, or of what it refers to.
    private func defaultValue(of id: SchemaNode.ID) -> (SchemaNode.ID, JSONValue)? {
        var id = id
        // Compiling refused circles of references; the count is a second lock.
        for _ in 0..<100 {
            if let value = schema.nodes[id].defaultValue { return (id, value) }
            let target = schema.nodes[id].keywords.lazy.compactMap { keyword -> SchemaNode.ID? in
                if case .reference(let node) = keyword.check { node } else { nil }
            }.first
            guard let target else { return nil }
            id = target
        }
        return nil
    }
}
