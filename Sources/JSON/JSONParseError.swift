/// Why a text is no JSON, and where. Its description shows at most one character of the text.
package struct JSONParseError: Error, Hashable, CustomStringConvertible {
    package let message: String
    /// Counted from 1.
    package let line: Int
    /// In Unicode scalars, counted from 1.
    package let column: Int
    /// In bytes from the start.
    package let offset: Int

    package init(message: String, line: Int, column: Int, offset: Int) {
        (self.message, self.line, self.column, self.offset) = (message, line, column, offset)
    }

    package var description: String { "invalid JSON at line \(line), column \(column): \(message)" }
}
