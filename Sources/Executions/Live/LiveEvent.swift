import Foundation
import JSON

/// Something that happened to an execution, for those who watch it.
package struct LiveEvent: Sendable {
    /// Where it stands in the execution's course; nil before there is a run.
    package let id: LiveEventID?
    /// `status`, `step_started`, `step_completed`, `step_failed`, `step_fell_back`, `step_cancelled`, `step_skipped`,
    /// `cancel_requested`.
    package let name: String
    /// JSON on one line.
    package let data: String

    init(_ id: LiveEventID?, _ name: String, _ data: JSONValue) {
        self.id = id
        self.name = name
        self.data = data.serialized()
    }

    var bytes: Int { name.utf8.count + data.utf8.count + 96 }
}

/// The event of a run's history that something followed from, and its place among what followed. The same history gives the
/// same ids, whichever process tells it.
package struct LiveEventID: Sendable, Hashable, CustomStringConvertible {
    package let run: String
    let event: Int64
    let index: Int

    init(run: String, event: Int64, index: Int) {
        self.run = run
        self.event = event
        self.index = index
    }

    /// nil for a text that is none of ours.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count < 200, !parts[0].isEmpty, let event = Int64(parts[1]), event >= 0,
            let index = Int(parts[2]), index >= 0
        else { return nil }
        self.init(run: String(parts[0]), event: event, index: index)
    }

    package var description: String { "\(run):\(event):\(index)" }

    /// Of the same run.
    func isAfter(_ other: LiveEventID) -> Bool { (event, index) > (other.event, other.index) }
}
