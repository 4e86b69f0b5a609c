package import JSON

/// Why a program did not compile or an evaluation ended; its message is safe to show to the program's author.
package struct JQError: Error, Sendable {
    package enum Kind: Sendable {
        /// The text is no program; the position is set.
        case compile
        /// The program itself raised this value (`error(…)`, or a type error that jq reports as a message).
        case runtime(JSONValue)
        /// The evaluation cost more than `JQLimits.fuel`.
        case fuel
        /// The values alive at once passed `JQLimits.memory`.
        case memory
        /// Calls nested deeper than `JQLimits.depth`, or a value deeper than JSON values may be.
        case depth
        /// More results than `JQLimits.outputs`.
        case outputs
    }

    package let kind: Kind
    package let message: String
    /// UTF-8 offset into the program text, only for `.compile`.
    package let offset: Int?
    /// Counted from 1, only for `.compile`.
    package let line: Int?
    /// Counted in Unicode scalars from 1, only for `.compile`.
    package let column: Int?

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
        offset = nil
        line = nil
        column = nil
    }

    /// What `error(value)` raises.
    init(raising value: JSONValue) {
        self.init(.runtime(value), value.string ?? "\(Excerpt.of(value)) (not a string)")
    }

    /// A message that jq raises by itself.
    static func raised(_ message: String) -> JQError { JQError(.runtime(.string(message)), message) }

    init(compile message: String, offset: Int, in text: [UInt8]) {
        kind = .compile
        self.message = message
        self.offset = offset
        let before = text.prefix(offset)
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        column = 1 + text[lineStart..<max(lineStart, before.count)].count { $0 & 0xC0 != 0x80 }
    }
}

extension JQError: CustomStringConvertible {
    package var description: String {
        guard let line, let column else { return message }
        return "\(message) (line \(line), column \(column))"
    }
}
