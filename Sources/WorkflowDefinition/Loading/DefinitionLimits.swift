/// How large a definition may be before it is refused unread.
package struct DefinitionLimits: Sendable {
    /// UTF-8 bytes of the text.
    package var bytes = 1 << 20
    /// Nested arrays and objects.
    package var depth = 100
    /// Values in the document, those that aliases repeat included.
    package var nodes = 100_000
    /// UTF-8 bytes of any position's JSON Pointer.
    package var pathBytes = 4096
    /// Tasks inside tasks.
    package var taskDepth = 32
    /// Tasks, those of a reusable function counted for each call of it.
    package var tasks = 10_000
    /// UTF-8 bytes of one runtime expression.
    package var expressionBytes = 64 << 10
    /// Runtime expressions in the document.
    package var expressions = 10_000
    /// UTF-8 bytes of all of them, those of reused components counted each time.
    package var compiledBytes = 4 << 20
    /// Diagnostics kept; the ones after are not reported.
    package var diagnostics = 100

    package init() {}
}
