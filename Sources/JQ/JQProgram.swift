
/// A compiled jq program.
package struct JQProgram: Sendable {}
