package import JSON

/// One thing that is wrong, or doubtful, in a definition: what it is, where it stands, and what would be right.
package struct Diagnostic: Error, Sendable, Hashable {
    /// An error keeps the definition from loading; a warning does not.
    package enum Severity: String, Sendable { case error, warning }

    package enum Code: String, Sendable {
        /// The text is no YAML or JSON, or uses a part of YAML that JSON has no counterpart for.
        case syntax
        /// Too large, too deep, too many.
        case limit
        /// No part of the specification, or not as the specification wants it.
        case invalid
        /// A part of the specification that this service does not run.
        case unsupported
        /// A name that nothing has: a function, a task, a reusable component.
        case unknown
        /// A runtime expression that does not compile.
        case expression
        /// Valid, but probably not what the author meant; only ever a warning.
        case suspicious
    }

    package var severity: Severity
    package var code: Code
    package var message: String
    /// Where in the document; for an unknown or missing member, the member's own place or the object that lacks it.
    package var pointer: JSONPointer
    /// Counted from 1; nil when the definition came as a value, not as text.
    package var line: Int?
    /// Counted from 1, in characters (Unicode scalars).
    package var column: Int?

    package init(
        _ code: Code, _ message: String, at pointer: JSONPointer, severity: Severity = .error, line: Int? = nil,
        column: Int? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.pointer = pointer
        self.line = line
        self.column = column
    }
}

extension Diagnostic {
    /// The diagnostic as compilers print theirs: `file:line:column: error: message (pointer)`.
    package func rendered(file: String) -> String {
        let place = [line, column].compactMap(\.self).map { ":\($0)" }.joined()
        let pointer = self.pointer.isRoot ? "" : " (\(self.pointer))"
        return "\(file)\(place): \(severity.rawValue): \(message)\(pointer)"
    }
}

/// Why a definition does not load: every error found, and the warnings beside them.
package struct InvalidDefinition: Error, Sendable {
    package var diagnostics: [Diagnostic]

    package init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
