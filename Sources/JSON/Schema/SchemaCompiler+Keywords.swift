extension SchemaCompiler {
    /// The checks of one schema object, those first that others build on.
    mutating func readKeywords(of schema: Pending) throws(JSONSchemaError) -> [SchemaKeyword] {
        let fields = SchemaObject(schema.value, at: schema.location.pointer)
        var keywords: [SchemaKeyword] = []
        func add(_ name: String, _ check: SchemaCheck?) {
            if let check { keywords.append(SchemaKeyword(name: name, check: check)) }
        }
        let dialect = dialect(of: schema.node)
        if dialect.validates { keywords += try readAssertions(fields) }
        if let name = try fields.string("format"), dialect.assertsFormats { add("format", .format(SchemaFormat(name))) }

        if let reference = try fields.string("$ref") {
            let place = schema.location.pointer.appending("$ref")
            add("$ref", .reference(try resolve(reference, from: schema.node, at: place).node))
        }
        if let reference = try fields.string("$dynamicRef") {
            let place = schema.location.pointer.appending("$dynamicRef")
            let target = try resolve(reference, from: schema.node, at: place)
            add(
                "$dynamicRef",
                target.dynamicAnchor.map { .dynamicReference(anchor: $0, target.node) } ?? .reference(target.node))
        }
        add("allOf", try children("allOf", of: schema).map(SchemaCheck.allOf))
        add("anyOf", try children("anyOf", of: schema).map(SchemaCheck.anyOf))
        add("oneOf", try children("oneOf", of: schema).map(SchemaCheck.oneOf))
        add("not", try child("not", of: schema).map(SchemaCheck.not))
        if let condition = try child("if", of: schema) {
            add(
                "if",
                .condition(condition, then: try child("then", of: schema), else: try child("else", of: schema)))
        }
        keywords += try readArrayApplicators(schema, fields, validates: dialect.validates)
        keywords += try readObjectApplicators(schema, fields)
        // Last: they ask what all of the above looked at.
        add("unevaluatedItems", try child("unevaluatedItems", of: schema).map(SchemaCheck.unevaluatedItems))
        add(
            "unevaluatedProperties",
            try child("unevaluatedProperties", of: schema).map(SchemaCheck.unevaluatedProperties))
        return keywords
    }

    private func readArrayApplicators(
        _ schema: Pending, _ fields: SchemaObject, validates: Bool
    ) throws(JSONSchemaError) -> [SchemaKeyword] {
        var keywords: [SchemaKeyword] = []
        let prefix = try children("prefixItems", of: schema)
        if let prefix { keywords.append(SchemaKeyword(name: "prefixItems", check: .prefixItems(prefix))) }
        if let items = try child("items", of: schema) {
            keywords.append(SchemaKeyword(name: "items", check: .items(items, from: prefix?.count ?? 0)))
        }
        if let contains = try child("contains", of: schema) {
            let minimum = validates ? try fields.count("minContains") : nil
            let maximum = validates ? try fields.count("maxContains") : nil
            keywords.append(
                SchemaKeyword(name: "contains", check: .contains(contains, minimum: minimum ?? 1, maximum: maximum)))
        }
        return keywords
    }

    private func readObjectApplicators(
        _ schema: Pending, _ fields: SchemaObject
    ) throws(JSONSchemaError) -> [SchemaKeyword] {
        var keywords: [SchemaKeyword] = []
        let properties = JSONKeyed(try childrenByKey("properties", of: schema, fields))
        if !properties.entries.isEmpty {
            keywords.append(SchemaKeyword(name: "properties", check: .properties(properties)))
        }
        var patterns: [(pattern: SchemaPattern, node: SchemaNode.ID)] = []
        for (source, node) in try childrenByKey("patternProperties", of: schema, fields) {
            patterns.append((try pattern(source, "patternProperties", fields), node))
        }
        if !patterns.isEmpty {
            keywords.append(SchemaKeyword(name: "patternProperties", check: .patternProperties(patterns)))
        }
        if let node = try child("additionalProperties", of: schema) {
            let check = SchemaCheck.additionalProperties(node, besides: properties, patterns: patterns.map(\.pattern))
            keywords.append(SchemaKeyword(name: "additionalProperties", check: check))
        }
        if let node = try child("propertyNames", of: schema) {
            keywords.append(SchemaKeyword(name: "propertyNames", check: .propertyNames(node)))
        }
        for name in ["dependentSchemas", "dependencies"] {
            let dependent = try childrenByKey(name, of: schema, fields)
            if !dependent.isEmpty {
                let check = SchemaCheck.dependentSchemas(dependent.map { (key: $0.key, node: $0.value) })
                keywords.append(SchemaKeyword(name: name, check: check))
            }
        }
        return keywords
    }

    /// The vocabulary "validation".
    private func readAssertions(_ fields: SchemaObject) throws(JSONSchemaError) -> [SchemaKeyword] {
        var keywords: [SchemaKeyword] = []
        func add(_ name: String, _ check: SchemaCheck?) {
            if let check { keywords.append(SchemaKeyword(name: name, check: check)) }
        }
        add("type", try readTypes(fields).map(SchemaCheck.type))
        add("enum", try fields.array("enum").map { .enumeration(SchemaEnumeration($0)) })
        add("const", fields.value("const").map(SchemaCheck.constant))
        if let divisor = try fields.number("multipleOf") {
            guard let number = divisor.double, number > 0 else { throw fields.error("multipleOf", "must be above 0") }
            add("multipleOf", .multipleOf(divisor))
        }
        add("maximum", try fields.number("maximum").map(SchemaCheck.maximum))
        add("exclusiveMaximum", try fields.number("exclusiveMaximum").map(SchemaCheck.exclusiveMaximum))
        add("minimum", try fields.number("minimum").map(SchemaCheck.minimum))
        add("exclusiveMinimum", try fields.number("exclusiveMinimum").map(SchemaCheck.exclusiveMinimum))
        add("maxLength", try fields.count("maxLength").map(SchemaCheck.maxLength))
        add("minLength", try fields.count("minLength").map(SchemaCheck.minLength))
        if let source = try fields.string("pattern") {
            add("pattern", .pattern(try pattern(source, "pattern", fields)))
        }
        add("maxItems", try fields.count("maxItems").map(SchemaCheck.maxItems))
        add("minItems", try fields.count("minItems").map(SchemaCheck.minItems))
        add("uniqueItems", try fields.bool("uniqueItems") == true ? .uniqueItems : nil)
        add("maxProperties", try fields.count("maxProperties").map(SchemaCheck.maxProperties))
        add("minProperties", try fields.count("minProperties").map(SchemaCheck.minProperties))
        add("required", try fields.strings("required").map(SchemaCheck.required))
        for name in ["dependentRequired", "dependencies"] {
            var dependent: [(key: String, required: [String])] = []
            for (key, value) in try fields.object(name) ?? [:] where value.array != nil || name == "dependentRequired" {
                let required = value.array?.compactMap(\.string)
                guard let required, required.count == value.array?.count else {
                    throw fields.error(name, "must hold arrays of strings")
                }
                dependent.append((key, required))
            }
            add(name, dependent.isEmpty ? nil : .dependentRequired(dependent))
        }
        return keywords
    }

    private func readTypes(_ fields: SchemaObject) throws(JSONSchemaError) -> [String]? {
        guard let value = fields.value("type") else { return nil }
        let types: [String] = if let name = value.string { [name] } else { try fields.strings("type") ?? [] }
        let known = ["null", "boolean", "integer", "number", "string", "array", "object"]
        guard !types.isEmpty, types.allSatisfy(known.contains) else {
            throw fields.error("type", "must be of \(known.joined(separator: ", "))")
        }
        return types
    }

    private func pattern(
        _ source: String, _ keyword: String, _ fields: SchemaObject
    ) throws(JSONSchemaError) -> SchemaPattern {
        do {
            return SchemaPattern(source: source, expression: try RegularExpression(ecmaScript: source))
        } catch {
            throw fields.error(keyword, "\(error)")
        }
    }

    // MARK: Subschemas

    private func child(_ keyword: String, of schema: Pending) throws(JSONSchemaError) -> SchemaNode.ID? {
        guard schema.value.contains(keyword) else { return nil }
        return try child(JSONPointer.root.appending(keyword), of: schema)
    }

    private func children(_ keyword: String, of schema: Pending) throws(JSONSchemaError) -> [SchemaNode.ID]? {
        guard let count = schema.value[keyword]?.array?.count else { return nil }
        var nodes: [SchemaNode.ID] = []
        for index in 0..<count {
            nodes.append(try child(JSONPointer.root.appending(keyword).appending(index), of: schema))
        }
        return nodes
    }

    private func childrenByKey(
        _ keyword: String, of schema: Pending, _ fields: SchemaObject
    ) throws(JSONSchemaError) -> [(key: String, value: SchemaNode.ID)] {
        var nodes: [(key: String, value: SchemaNode.ID)] = []
        for (key, value) in try fields.object(keyword) ?? [:] where keyword != "dependencies" || value.array == nil {
            nodes.append((key, try child(JSONPointer.root.appending(keyword).appending(key), of: schema)))
        }
        return nodes
    }
}
