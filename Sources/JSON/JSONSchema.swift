/// A compiled JSON Schema (2020-12).
package struct JSONSchema: Sendable {}
