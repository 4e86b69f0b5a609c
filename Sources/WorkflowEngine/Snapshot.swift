package import JSON

/// A run's whole state besides its definition, as JSON: for continue-as-new, simulation and time travel.
package struct Snapshot: Sendable {
    package static let formatVersion = 1

    /// `{format, engine, …}`.
    package var json: JSONValue

    package init(json: JSONValue) { self.json = json }
}

package struct SnapshotError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
