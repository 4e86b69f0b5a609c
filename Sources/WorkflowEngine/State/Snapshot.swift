package import JSON

/// A run's whole state besides its definition, as JSON: for continue-as-new, simulation and time travel.
///
/// Tasks stand in it by position. Values stand in one table, however many frames share them, and so do long texts,
/// however many values repeat them.
package struct Snapshot: Sendable, Hashable, Codable {
    package static let formatVersion = 1

    /// `{format, engine, …}`.
    package var json: JSONValue

    /// Takes any value; restoring tells whether it is a snapshot.
    package init(json: JSONValue) { self.json = json }

    package var format: Int64? { json["format"]?.integer }
    /// `Interpreter.engineVersion` of the engine that took it.
    package var engine: Int64? { json["engine"]?.integer }
}

package struct SnapshotError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
