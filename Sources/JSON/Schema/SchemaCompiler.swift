/// Turns schema documents into nodes.
///
/// 1. `discover` walks a document once, gives every subschema a node, and notes identifiers and anchors.
/// 2. `compile` reads the keywords of every node. A reference may bring in another document, which is discovered then,
///    so this goes on until no node is left.
struct SchemaCompiler {
    struct Location: Hashable {
        let document: Int
        let pointer: JSONPointer
    }

    struct Pending {
        let node: SchemaNode.ID
        let value: JSONObject
        let location: Location
    }

    private(set) var nodes: [SchemaNode] = []
    private(set) var resources: [SchemaResource] = []
    private var documents: [JSONValue] = []
    private var locations: [Location] = []
    private var nodeByLocation: [Location: SchemaNode.ID] = [:]
    private var resourceByURI: [String: Int] = [:]
    private var pending: [Pending] = []
    private let resolver: JSONSchema.Resolver
    private let assertsFormats: Bool

    private static let nodeLimit = 20_000

    init(assertsFormats: Bool, resolver: @escaping JSONSchema.Resolver) {
        self.assertsFormats = assertsFormats
        self.resolver = resolver
    }

    mutating func compile(_ schema: JSONValue) throws(JSONSchemaError) {
        guard !schema.exceedsDepth() else {
            throw JSONSchemaError(message: "it nests deeper than \(JSONValue.depthLimit) levels", schema: .root)
        }
        try add(schema, uri: URIReference(""))
        while let next = pending.popLast() {
            let keywords = try readKeywords(of: next)
            nodes[next.node].keywords = keywords
            nodes[next.node].needsMarks = keywords.contains { $0.name.hasPrefix("unevaluated") }
        }
        try refuseCircles()
    }

    func dialect(of node: SchemaNode.ID) -> SchemaDialect { resources[nodes[node].resource].dialect }

    /// The node of a subschema, which `discover` made.
    func child(_ path: JSONPointer, of parent: Pending) throws(JSONSchemaError) -> SchemaNode.ID {
        let pointer = parent.location.pointer.appending(path)
        guard let node = nodeByLocation[Location(document: parent.location.document, pointer: pointer)] else {
            throw JSONSchemaError(message: "a schema is an object or a boolean", schema: pointer)
        }
        return node
    }

    // MARK: Discovery

    private mutating func add(_ document: JSONValue, uri: URIReference) throws(JSONSchemaError) {
        documents.append(document)
        resources.append(
            SchemaResource(base: uri, root: nodes.count, dialect: SchemaDialect(assertsFormats: assertsFormats)))
        resourceByURI[uri.text] = resources.count - 1
        _ = try discover(
            document, at: Location(document: documents.count - 1, pointer: .root), in: resources.count - 1)
    }

    private mutating func discover(
        _ value: JSONValue, at location: Location, in parent: Int
    ) throws(JSONSchemaError) -> SchemaNode.ID {
        if let node = nodeByLocation[location] { return node }
        guard nodes.count < Self.nodeLimit else {
            throw JSONSchemaError(message: "it has more than \(Self.nodeLimit) subschemas", schema: location.pointer)
        }
        let node = nodes.count
        nodeByLocation[location] = node
        locations.append(location)
        switch value {
        case .bool(let always):
            nodes.append(SchemaNode(resource: parent, always: always))
        case .object(let object):
            let resource = try identify(object, node, at: location.pointer, in: parent)
            nodes.append(SchemaNode(resource: resource, defaultValue: object["default"]))
            try addAnchors(of: object, node, at: location.pointer)
            pending.append(Pending(node: node, value: object, location: location))
            for (path, child) in try SchemaObject(object, at: location.pointer).subschemas() {
                let place = Location(document: location.document, pointer: location.pointer.appending(path))
                _ = try discover(child, at: place, in: resource)
            }
        default:
            throw JSONSchemaError(message: "a schema is an object or a boolean", schema: location.pointer)
        }
        return node
    }

    /// The resource that a schema object belongs to: a new one where it has an `$id`.
    private mutating func identify(
        _ object: JSONObject, _ node: SchemaNode.ID, at pointer: JSONPointer, in parent: Int
    ) throws(JSONSchemaError) -> Int {
        var resource = parent
        let fields = SchemaObject(object, at: pointer)
        if let id = try fields.string("$id") {
            let reference = URIReference(id)
            guard reference.fragment?.isEmpty ?? true else {
                throw JSONSchemaError(message: "an identifier has no fragment", schema: pointer.appending("$id"))
            }
            let base = reference.resolved(against: resources[parent].base).withoutFragment
            resource = resources.count
            resources.append(SchemaResource(base: base, root: node, dialect: resources[parent].dialect))
            if resourceByURI[base.text] == nil { resourceByURI[base.text] = resource }
        }
        if let name = try fields.string("$schema") {
            resources[resource].dialect = try dialect(named: name, at: pointer.appending("$schema"))
        }
        return resource
    }

    private mutating func addAnchors(
        of object: JSONObject, _ node: SchemaNode.ID, at pointer: JSONPointer
    ) throws(JSONSchemaError) {
        let resource = nodes[node].resource
        let fields = SchemaObject(object, at: pointer)
        if let name = try fields.string("$anchor") {
            resources[resource].anchors[name] = node
        }
        if let name = try fields.string("$dynamicAnchor") {
            resources[resource].anchors[name] = node
            resources[resource].dynamicAnchors[name] = node
        }
    }

    private func dialect(named name: String, at pointer: JSONPointer) throws(JSONSchemaError) -> SchemaDialect {
        let uri = URIReference(name).withoutFragment.text
        if uri == MetaSchema.uri { return SchemaDialect(assertsFormats: assertsFormats) }
        guard let metaSchema = resolver(uri) else {
            throw JSONSchemaError(message: "unsupported dialect; only \(MetaSchema.uri) is known", schema: pointer)
        }
        guard let vocabularies = metaSchema["$vocabulary"]?.object else {
            return SchemaDialect(assertsFormats: assertsFormats)
        }
        return SchemaDialect(
            validates: vocabularies.contains(MetaSchema.vocabulary + "validation"),
            assertsFormats: assertsFormats || vocabularies.contains(MetaSchema.vocabulary + "format-assertion"))
    }

    // MARK: References

    mutating func resolve(
        _ text: String, from node: SchemaNode.ID, at keyword: JSONPointer
    ) throws(JSONSchemaError) -> SchemaTarget {
        let uri = URIReference(text).resolved(against: resources[nodes[node].resource].base)
        let root = try resourceRoot(uri.withoutFragment, at: keyword)
        guard let fragment = URIReference.percentDecoded(uri.fragment ?? "") else {
            throw JSONSchemaError(message: "\"\(text)\" has a broken percent escape", schema: keyword)
        }
        if fragment.isEmpty { return SchemaTarget(node: root) }
        if fragment.hasPrefix("/") {
            guard let pointer = JSONPointer(fragment), let target = try self.node(at: pointer, below: root) else {
                throw JSONSchemaError(message: "\"\(text)\" points to nothing", schema: keyword)
            }
            return SchemaTarget(node: target)
        }
        let resource = resources[nodes[root].resource]
        guard let target = resource.anchors[fragment] else {
            throw JSONSchemaError(message: "there is no anchor \"\(text)\"", schema: keyword)
        }
        return SchemaTarget(node: target, dynamicAnchor: resource.dynamicAnchors[fragment] == nil ? nil : fragment)
    }

    private mutating func resourceRoot(
        _ uri: URIReference, at keyword: JSONPointer
    ) throws(JSONSchemaError) -> SchemaNode.ID {
        if let resource = resourceByURI[uri.text] { return resources[resource].root }
        guard let document = resolver(uri.text) ?? MetaSchema.document(uri.text) else {
            throw JSONSchemaError(message: "there is no schema \"\(uri.text)\"; none is fetched", schema: keyword)
        }
        let root = nodes.count
        try add(document, uri: uri)
        return root
    }

    /// The node at a pointer, which may lead into a keyword that is no schema by itself.
    private mutating func node(
        at pointer: JSONPointer, below root: SchemaNode.ID
    ) throws(JSONSchemaError) -> SchemaNode.ID? {
        let document = locations[root].document
        let target = locations[root].pointer.appending(pointer)
        guard let value = documents[document][target] else { return nil }
        var resource = nodes[root].resource
        var ancestor: JSONPointer? = target
        while let place = ancestor {
            if let node = nodeByLocation[Location(document: document, pointer: place)] {
                resource = nodes[node].resource
                break
            }
            ancestor = place.parent
        }
        return try discover(value, at: Location(document: document, pointer: target), in: resource)
    }

    // MARK: Circles

    /// Refuses a schema that comes back to itself without having looked into the value: it would never end.
    private func refuseCircles() throws(JSONSchemaError) {
        var isDone = [Bool](repeating: false, count: nodes.count)
        var isOpen = [Bool](repeating: false, count: nodes.count)
        for start in nodes.indices where !isDone[start] {
            var path = [(node: start, next: 0, edges: nodes[start].inPlace)]
            isOpen[start] = true
            while let top = path.last {
                if top.next == top.edges.count {
                    isDone[top.node] = true
                    isOpen[top.node] = false
                    path.removeLast()
                    continue
                }
                let edge = top.edges[top.next]
                path[path.count - 1].next += 1
                if isOpen[edge] {
                    throw JSONSchemaError(
                        message: "refers to itself without looking into the value", schema: locations[edge].pointer)
                }
                guard !isDone[edge] else { continue }
                isOpen[edge] = true
                path.append((edge, 0, nodes[edge].inPlace))
            }
        }
    }
}

/// Where a reference leads.
struct SchemaTarget {
    let node: SchemaNode.ID
    /// The name, where the reference went through a dynamic anchor.
    var dynamicAnchor: String?
}

extension SchemaNode {
    /// The nodes that look at the same value.
    fileprivate var inPlace: [ID] {
        keywords.flatMap { keyword -> [ID] in
            switch keyword.check {
            case .reference(let node), .dynamicReference(_, let node), .not(let node): [node]
            case .allOf(let nodes), .anyOf(let nodes), .oneOf(let nodes): nodes
            case .condition(let node, let then, let otherwise): [node] + [then, otherwise].compactMap(\.self)
            case .dependentSchemas(let entries): entries.map(\.node)
            default: []
            }
        }
    }
}
