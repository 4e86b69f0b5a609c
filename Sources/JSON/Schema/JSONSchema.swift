/// A compiled JSON Schema (2020-12).
package struct JSONSchema: Sendable {
    /// Finds a schema document by its absolute URI, without a fragment; nil when it is unknown. Nothing is fetched.
    package typealias Resolver = (_ uri: String) -> JSONValue?

    /// Compiles a schema; with `assertsFormats`, `format` is checked rather than taken as a note.
    package init(
        compiling schema: JSONValue, assertsFormats: Bool = true, resolver: Resolver = { _ in nil }
    ) throws(JSONSchemaError) {
    }

    /// Every way in which the instance does not meet the schema; empty when it is valid.
    package func validate(_ instance: JSONValue) -> [Violation] { [] }

    /// The instance with the `default` of every missing property filled in, nested objects included.
    package func applyingDefaults(to instance: JSONValue) -> JSONValue { instance }

    /// One way in which an instance does not meet a schema.
    package struct Violation: Sendable, Hashable, CustomStringConvertible {
        /// Where in the instance.
        package let instance: JSONPointer
        /// Which keyword of the schema, by the path that led there, `$ref` included.
        package let keyword: JSONPointer
        /// Such as `must be at least 3`; to be read after the instance's position.
        package let message: String

        package var description: String { "\(instance.isRoot ? "the value" : instance.description) \(message)" }
    }
}

/// Why a schema cannot be compiled, and where.
package struct JSONSchemaError: Error, Hashable, CustomStringConvertible {
    package let message: String
    /// Where in the schema.
    package let schema: JSONPointer

    package var description: String { "invalid schema at \(schema.isRoot ? "its root" : schema.description): \(message)" }
}
