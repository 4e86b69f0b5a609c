/// A position in a JSON document (RFC 6901).
package struct JSONPointer: Sendable {}
