/// What one evaluation may use. All four are counted, never timed, so that the same evaluation always ends the same way.
package struct JQLimits: Sendable, Hashable {
    /// Steps; a builtin costs in proportion to its work. One step is a few nanoseconds.
    package var fuel: Int
    /// Bytes of values alive at once, approximately; the input and the variables do not count.
    package var memory: Int
    /// Nested calls.
    package var depth: Int
    /// Results of one evaluation.
    package var outputs: Int

    package static let `default` = JQLimits()

    package init(fuel: Int = 20_000_000, memory: Int = 64 << 20, depth: Int = 10_000, outputs: Int = 100_000) {
        self.fuel = fuel
        self.memory = memory
        self.depth = depth
        self.outputs = outputs
    }
}
