import CYaml
import JSON

/// Reads YAML 1.2's JSON-compatible part (and so JSON) into a value and the places of its parts.
///
/// Yams composes a whole document before its caller can look at it, and hashes mapping keys with their aliases
/// expanded: some hundred bytes of nested anchors in a key keep it busy for ever. So its parser (libyaml) is read event
/// by event here, and every bound is checked before memory or time is spent.
///
/// Refused, because JSON has no counterpart or because definitions are better without: tags, merge keys, keys that are
/// no scalars, duplicate keys, `.inf` and `.nan`, NUL characters, several documents. Aliases are expanded within the
/// bound on nodes; an anchor is known after its value ended, so none contains itself.
struct YAMLReader: ~Copyable {
    /// A value with its places and its weight.
    private struct Node {
        var value: JSONValue
        var map: SourceMap
        /// Values inside, itself included.
        var count: Int
        /// Nested arrays and objects, itself included.
        var depth: Int
    }

    private let limits: DefinitionLimits
    // On the heap, because the parser keeps its own address.
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let current = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)
    private var anchors: [String: Node] = [:]
    private var count = 0

    /// The only document of a text.
    static func read(_ text: String, limits: DefinitionLimits) throws(Diagnostic) -> SourceDocument {
        guard text.utf8.count <= limits.bytes else {
            throw Diagnostic(
                .limit, "a text of \(text.utf8.count) bytes; a definition has at most \(limits.bytes)", at: .root)
        }
        // A byte order mark is no content; with a fixed encoding the parser would take it for some.
        let bytes = Array(
            text.unicodeScalars.first == "\u{FEFF}" ? Substring(text.unicodeScalars.dropFirst()).utf8 : text[...].utf8)
        let result: Result<SourceDocument, Diagnostic> = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(Diagnostic) in
                var reader = YAMLReader(limits: limits)
                yaml_parser_set_encoding(reader.parser, YAML_UTF8_ENCODING)
                yaml_parser_set_input_string(reader.parser, buffer.baseAddress, buffer.count)
                return try reader.document()
            }
        }
        var document = try result.get()
        document.text = text
        return document
    }

    private init(limits: DefinitionLimits) {
        self.limits = limits
        current.initialize(to: yaml_event_t())
        parser.initialize(to: yaml_parser_t())
        yaml_parser_initialize(parser)
    }

    deinit {
        yaml_event_delete(current)
        yaml_parser_delete(parser)
        current.deallocate()
        parser.deallocate()
    }

    private var event: yaml_event_t { current.pointee }

    private mutating func document() throws(Diagnostic) -> SourceDocument {
        try advance()  // the stream's start
        try advance()
        guard event.type == YAML_DOCUMENT_START_EVENT else {
            throw Diagnostic(
                .syntax, "an empty text; a definition starts with 'document:'", at: .root, line: 1, column: 1)
        }
        try advance()
        let node = try node(at: .root, depth: 0)
        try advance()  // the document's end
        try advance()
        if event.type == YAML_DOCUMENT_START_EVENT {
            throw failure(.syntax, "a second document; a text holds one definition", at: .root)
        }
        return SourceDocument(value: node.value, map: node.map)
    }

    /// Reads the next event, giving back the memory of the one before.
    private mutating func advance() throws(Diagnostic) {
        yaml_event_delete(current)
        guard yaml_parser_parse(parser, current) == 1 else {
            let failure = parser.pointee
            let problem = failure.problem.map { String(cString: $0) } ?? "not readable"
            // The parser reads ahead, and has a bound of its own on that.
            let isDepth = problem.hasPrefix("Maximum nesting level")
            let context = failure.context.map { " (\(String(cString: $0)))" } ?? ""
            throw Diagnostic(
                isDepth ? .limit : .syntax,
                isDepth
                    ? "more than \(limits.depth) nested arrays and objects" : "no valid YAML: \(problem)\(context)",
                at: .root, line: Int(failure.problem_mark.line) + 1, column: Int(failure.problem_mark.column) + 1)
        }
    }

    /// The value that begins with the current event; the current event is its last one afterwards.
    private mutating func node(at pointer: JSONPointer, depth: Int) throws(Diagnostic) -> Node {
        try spend(1, at: pointer)
        switch event.type {
        case YAML_ALIAS_EVENT: return try alias(at: pointer, depth: depth)
        case YAML_SCALAR_EVENT: return try scalar(at: pointer)
        case YAML_SEQUENCE_START_EVENT: return try sequence(at: pointer, depth: depth + 1)
        case YAML_MAPPING_START_EVENT: return try mapping(at: pointer, depth: depth + 1)
        default: throw failure(.syntax, "no valid YAML", at: pointer)
        }
    }

    private mutating func alias(at pointer: JSONPointer, depth: Int) throws(Diagnostic) -> Node {
        let name = String(cString: event.data.alias.anchor)
        guard var node = anchors[name] else {
            throw failure(.syntax, "unknown alias '*\(abridged(name))'; no anchor before it has this name", at: pointer)
        }
        try spend(node.count - 1, at: pointer)
        guard depth + node.depth <= limits.depth else { throw tooDeep(at: pointer) }
        node.map.value = mark
        return node
    }

    private mutating func scalar(at pointer: JSONPointer) throws(Diagnostic) -> Node {
        let scalar = event.data.scalar
        guard scalar.tag == nil else { throw tagged(scalar.tag, at: pointer) }
        let text = try text(of: scalar, at: pointer)
        let style: SourceMap.Style
        switch scalar.style {
        case YAML_PLAIN_SCALAR_STYLE: style = .plain
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: style = .quoted
        case YAML_LITERAL_SCALAR_STYLE: style = .literal
        default: style = .other
        }
        let value: JSONValue
        if style == .plain {
            guard let plain = PlainScalar.value(of: text) else {
                throw failure(
                    .syntax, "'\(abridged(text))' is no JSON number; put it in quotes if it is a text", at: pointer)
            }
            value = plain
        } else {
            value = .string(text)
        }
        let node = Node(value: value, map: SourceMap(value: mark, style: style), count: 1, depth: 0)
        remember(scalar.anchor, node)
        return node
    }

    private mutating func sequence(at pointer: JSONPointer, depth: Int) throws(Diagnostic) -> Node {
        guard depth <= limits.depth else { throw tooDeep(at: pointer) }
        let start = event.data.sequence_start
        guard start.tag == nil else { throw tagged(start.tag, at: pointer) }
        let anchor = start.anchor.map { String(cString: $0) }
        var (elements, map) = ([JSONValue](), SourceMap(value: mark))
        var (total, inner) = (1, 0)
        try advance()
        while event.type != YAML_SEQUENCE_END_EVENT {
            let element = try node(at: pointer.appending(elements.count), depth: depth)
            elements.append(element.value)
            map.children.append(element.map)
            total += element.count
            inner = max(inner, element.depth)
            try advance()
        }
        let node = Node(value: .array(elements), map: map, count: total, depth: inner + 1)
        if let anchor { anchors[anchor] = node }
        return node
    }

    private mutating func mapping(at pointer: JSONPointer, depth: Int) throws(Diagnostic) -> Node {
        guard depth <= limits.depth else { throw tooDeep(at: pointer) }
        let start = event.data.mapping_start
        guard start.tag == nil else { throw tagged(start.tag, at: pointer) }
        let anchor = start.anchor.map { String(cString: $0) }
        var (object, map) = (JSONObject(), SourceMap(value: mark))
        var (total, inner) = (1, 0)
        try advance()
        while event.type != YAML_MAPPING_END_EVENT {
            let (key, place) = (try key(in: pointer), mark)
            let member = pointer.appending(key)
            guard member.description.utf8.count <= limits.pathBytes else {
                throw failure(.limit, "names that nest to more than \(limits.pathBytes) bytes", at: pointer)
            }
            guard object[key] == nil else {
                throw failure(.syntax, "a second member '\(abridged(key))'; names in an object are unique", at: member)
            }
            try advance()
            var value = try node(at: member, depth: depth)
            value.map.key = place
            object[key] = value.value
            map.children.append(value.map)
            total += value.count
            inner = max(inner, value.depth)
            try advance()
        }
        let node = Node(value: .object(object), map: map, count: total, depth: inner + 1)
        if let anchor { anchors[anchor] = node }
        return node
    }

    /// The name that the current event gives a member: a scalar's text, as written.
    private mutating func key(in pointer: JSONPointer) throws(Diagnostic) -> String {
        try spend(1, at: pointer)
        if event.type == YAML_ALIAS_EVENT, let text = anchors[String(cString: event.data.alias.anchor)]?.value.string {
            return text
        }
        guard event.type == YAML_SCALAR_EVENT else {
            throw failure(.syntax, "a member's name must be a text", at: pointer)
        }
        let scalar = event.data.scalar
        guard scalar.tag == nil else { throw tagged(scalar.tag, at: pointer) }
        let text = try text(of: scalar, at: pointer)
        if text == "<<", scalar.style == YAML_PLAIN_SCALAR_STYLE {
            throw failure(.syntax, "merge keys (<<) are no part of YAML 1.2; write the members out", at: pointer)
        }
        remember(scalar.anchor, Node(value: .string(text), map: SourceMap(value: mark), count: 1, depth: 0))
        return text
    }

    private func text(
        of scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar, at pointer: JSONPointer
    ) throws(Diagnostic) -> String {
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        guard !bytes.contains(0) else {
            throw failure(.syntax, "a NUL character, which the database cannot hold; leave it out", at: pointer)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func remember(_ anchor: UnsafeMutablePointer<yaml_char_t>?, _ node: Node) {
        if let anchor { anchors[String(cString: anchor)] = node }
    }

    private mutating func spend(_ nodes: Int, at pointer: JSONPointer) throws(Diagnostic) {
        count += nodes
        guard count <= limits.nodes else {
            throw failure(
                .limit, "more than \(limits.nodes) values, aliases expanded; split the definition", at: pointer)
        }
    }

    private func tooDeep(at pointer: JSONPointer) -> Diagnostic {
        failure(.limit, "more than \(limits.depth) nested arrays and objects", at: pointer)
    }

    private func tagged(_ tag: UnsafeMutablePointer<yaml_char_t>, at pointer: JSONPointer) -> Diagnostic {
        failure(.syntax, "the tag '\(abridged(String(cString: tag)))'; tags are no part of a definition", at: pointer)
    }

    private var mark: SourceMap.Mark {
        .init(line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column) + 1)
    }

    private func failure(_ code: Diagnostic.Code, _ message: String, at pointer: JSONPointer) -> Diagnostic {
        Diagnostic(code, message, at: pointer, line: mark.line, column: mark.column)
    }
}
