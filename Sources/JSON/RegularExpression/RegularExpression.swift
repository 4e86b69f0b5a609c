internal import CPCRE2

/// A compiled regular expression over UTF-8 text (PCRE2), bounded in work and memory whatever the pattern.
///
/// Positions are byte offsets. A pattern of JSON Schema is in another dialect: `init(ecmaScript:)`.
package final class RegularExpression: Sendable {
    package struct Options: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let ignoresCase = Options(rawValue: 1)
        /// White space and `#` comments in the pattern count for nothing.
        package static let extended = Options(rawValue: 2)
        /// `.` matches line ends too.
        package static let dotMatchesLineEnds = Options(rawValue: 4)
        /// `\d`, `\w`, `\s` and `\b` follow Unicode rather than ASCII.
        package static let unicodeClasses = Options(rawValue: 8)
        /// `^` and `$` match at every line.
        package static let anchorsMatchLines = Options(rawValue: 16)
    }

    /// How much work one match may take.
    package static let stepLimit: UInt32 = 2_000_000

    package struct Match: Sendable, Hashable {
        /// The byte ranges of the whole match, first, and of each capture; nil for one that took no part.
        package let captures: [Range<Int>?]

        package var range: Range<Int> { (captures.first ?? nil) ?? 0..<0 }
    }

    /// The names of the captures in order, without the whole match; nil for a group without a name.
    package let captureNames: [String?]
    private let code: CompiledPattern

    package convenience init(pattern: String, options: Options = []) throws(RegularExpressionError) {
        var flags = PCRE2_UTF | UInt32(PCRE2_NEVER_BACKSLASH_C)
        if options.contains(.ignoresCase) { flags |= PCRE2_CASELESS }
        if options.contains(.extended) { flags |= PCRE2_EXTENDED }
        if options.contains(.dotMatchesLineEnds) { flags |= PCRE2_DOTALL }
        if options.contains(.unicodeClasses) { flags |= PCRE2_UCP }
        if options.contains(.anchorsMatchLines) { flags |= PCRE2_MULTILINE }
        try self.init(code: CompiledPattern(pattern, flags: flags))
    }

    /// A pattern as ECMA-262 reads it in Unicode mode: `\d` and `\w` are ASCII, `$` is the very end.
    package convenience init(ecmaScript pattern: String) throws(RegularExpressionError) {
        var translation = ECMAScriptPattern(pattern)
        let flags =
            PCRE2_UTF | UInt32(PCRE2_NEVER_BACKSLASH_C) | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS
            | PCRE2_MATCH_UNSET_BACKREF
        try self.init(code: CompiledPattern(try translation.translated(), flags: flags))
    }

    private init(code: CompiledPattern) {
        self.code = code
        captureNames = code.captureNames()
    }

    /// The leftmost match that starts at or after a byte offset, which has to be at a character's start.
    package func firstMatch(
        in text: String, from offset: Int = 0, steps: UInt32 = RegularExpression.stepLimit
    ) throws(RegularExpressionError) -> Match? {
        try matches(in: text, from: offset, limit: 1, steps: steps).first
    }

    /// The matches from left to right, at most `limit`; after an empty match the search goes on one character later.
    ///
    /// `steps` bounds the work of each match; a hundred thousand take about a millisecond.
    package func matches(
        in text: String, from offset: Int = 0, limit: Int = .max, steps: UInt32 = RegularExpression.stepLimit
    ) throws(RegularExpressionError) -> [Match] {
        try text.withBytes { bytes in
            Result { () throws(RegularExpressionError) in
                try code.matches(in: bytes, from: offset, limit: limit, steps: steps)
            }
        }.get()
    }

    /// Whether the text holds a match.
    package func matches(_ text: String) throws(RegularExpressionError) -> Bool {
        try firstMatch(in: text) != nil
    }
}

package struct RegularExpressionError: Error, Hashable, CustomStringConvertible {
    package enum Kind: Sendable { case syntax, limit }

    /// A pattern that cannot be compiled, or a match that took more work or memory than is allowed.
    package let kind: Kind
    package let message: String
    /// Where in the pattern, in bytes; 0 for a match.
    package let offset: Int

    package var description: String {
        switch kind {
        case .syntax: "invalid regular expression at offset \(offset): \(message)"
        case .limit: "the regular expression gave up: \(message)"
        }
    }
}
