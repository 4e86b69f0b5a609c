/// A compiled JSON Schema (2020-12).
///
/// Compiling and validating end in bounded time whatever the schema and the value: both are work by the document, of
/// which there is a limited amount, and a value that needs more is reported as a violation. Nothing depends on the clock.
package struct JSONSchema: Sendable {
    /// Finds a schema document by its absolute URI, without a fragment; nil when it is unknown. Nothing is fetched.
    package typealias Resolver = (_ uri: String) -> JSONValue?

    let nodes: [SchemaNode]
    let resources: [SchemaResource]

    /// Compiles a schema; with `assertsFormats`, `format` is checked rather than taken as a note.
    package init(
        compiling schema: JSONValue, assertsFormats: Bool = true, resolver: @escaping Resolver = { _ in nil }
    ) throws(JSONSchemaError) {
        var compiler = SchemaCompiler(assertsFormats: assertsFormats, resolver: resolver)
        try compiler.compile(schema)
        nodes = compiler.nodes
        resources = compiler.resources
    }

    /// The ways in which the instance does not meet the schema, at most 100; empty when it is valid.
    package func validate(_ instance: JSONValue) -> [Violation] {
        var evaluation = SchemaEvaluation(self)
        return evaluation.run(instance)
    }

    /// The instance with the `default` of every missing property filled in, nested objects included.
    ///
    /// Follows `properties`, `items`, `$ref` and `allOf`; what a `default` holds is filled in too.
    package func applyingDefaults(to instance: JSONValue) -> JSONValue {
        var filling = SchemaDefaults(self)
        return filling.fill(instance, by: 0)
    }

    /// One way in which an instance does not meet a schema.
    package struct Violation: Sendable, Hashable, CustomStringConvertible {
        /// Where in the instance.
        package let instance: JSONPointer
        /// Which keyword of the schema, by the path that led there, `$ref` included.
        package let keyword: JSONPointer
        /// Such as `must be at least 3`.
        package let message: String

        package var description: String { instance.isRoot ? message : "\(instance): \(message)" }
    }
}

/// Why a schema cannot be compiled, and where.
package struct JSONSchemaError: Error, Hashable, CustomStringConvertible {
    package let message: String
    /// Where in the schema.
    package let schema: JSONPointer

    package var description: String { "invalid schema\(schema.isRoot ? "" : " at \(schema)"): \(message)" }
}
