/// One compiled schema: a place in a document, as what it asks of a value.
struct SchemaNode: Sendable {
    /// Index of a node in `JSONSchema.nodes`; schemas refer to one another, in circles too, so they are a flat table.
    typealias ID = Int

    /// The resource whose dynamic anchors count while this node is evaluated.
    let resource: Int
    /// What `true` and `false` say, and `{}`.
    var always: Bool?
    var keywords: [SchemaKeyword] = []
    var defaultValue: JSONValue?
    /// Whether a keyword here needs to know what its neighbours looked at.
    var needsMarks = false
}

/// What belongs to one `$id`: a base for references and a name space for anchors.
struct SchemaResource: Sendable {
    let base: URIReference
    let root: SchemaNode.ID
    var dialect: SchemaDialect
    var anchors: [String: SchemaNode.ID] = [:]
    var dynamicAnchors: [String: SchemaNode.ID] = [:]
}

/// Which vocabularies the meta-schema of a resource turns on.
struct SchemaDialect: Sendable {
    var validates = true
    var assertsFormats: Bool
}

struct SchemaKeyword: Sendable {
    let name: String
    let check: SchemaCheck
}

enum SchemaCheck: Sendable {
    // In place.
    case reference(SchemaNode.ID)
    /// The anchor's name where the reference follows the dynamic scope, and the node it falls back to.
    case dynamicReference(anchor: String, SchemaNode.ID)
    case allOf([SchemaNode.ID])
    case anyOf([SchemaNode.ID])
    case oneOf([SchemaNode.ID])
    case not(SchemaNode.ID)
    case condition(SchemaNode.ID, then: SchemaNode.ID?, else: SchemaNode.ID?)
    case dependentSchemas([(key: String, node: SchemaNode.ID)])

    // Any value.
    case type([String])
    case enumeration(SchemaEnumeration)
    case constant(JSONValue)

    // Numbers.
    case multipleOf(JSONValue)
    case maximum(JSONValue)
    case exclusiveMaximum(JSONValue)
    case minimum(JSONValue)
    case exclusiveMinimum(JSONValue)

    // Strings.
    case maxLength(Int)
    case minLength(Int)
    case pattern(SchemaPattern)
    case format(SchemaFormat)

    // Arrays.
    case maxItems(Int)
    case minItems(Int)
    case uniqueItems
    case prefixItems([SchemaNode.ID])
    case items(SchemaNode.ID, from: Int)
    case contains(SchemaNode.ID, minimum: Int, maximum: Int?)
    case unevaluatedItems(SchemaNode.ID)

    // Objects.
    case maxProperties(Int)
    case minProperties(Int)
    case required([String])
    case dependentRequired([(key: String, required: [String])])
    case properties(JSONKeyed<SchemaNode.ID>)
    case patternProperties([(pattern: SchemaPattern, node: SchemaNode.ID)])
    case additionalProperties(SchemaNode.ID, besides: JSONKeyed<SchemaNode.ID>, patterns: [SchemaPattern])
    case propertyNames(SchemaNode.ID)
    case unevaluatedProperties(SchemaNode.ID)
}

/// A regular expression with its source, for messages.
struct SchemaPattern: Sendable {
    let source: String
    let expression: RegularExpression
}

/// The values of `enum`; scalars are looked up, the others compared.
struct SchemaEnumeration: Sendable {
    let values: [JSONValue]
    private let scalars: Set<JSONValue>
    private let containers: [JSONValue]

    init(_ values: [JSONValue]) {
        self.values = values
        scalars = Set(values.lazy.filter { !$0.isContainer })
        containers = values.filter(\.isContainer)
    }

    /// Units of work to look a value up.
    func cost(of value: JSONValue) -> Int { value.isContainer ? containers.count : value.textCost }

    func contains(_ value: JSONValue) -> Bool {
        value.isContainer ? containers.contains(value) : scalars.contains(value)
    }
}

/// Things by key, where keys differ by their bytes.
struct JSONKeyed<Value: Sendable>: Sendable {
    let entries: [(key: String, value: Value)]
    private let positions: JSONObject

    init(_ entries: [(key: String, value: Value)]) {
        self.entries = entries
        positions = JSONObject(entries.enumerated().map { (key: $1.key, value: .integer(Int64($0))) })
    }

    subscript(key: String) -> Value? { positions.position(of: key).map { entries[$0].value } }
}

extension JSONValue {
    var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}
