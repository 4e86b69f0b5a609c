import Foundation
package import Temporal

extension KitchenSink {
    /// What a `work` activity does, as the JSON text that is its input.
    package struct Work: Codable, Sendable {
        /// The first attempts fail, so many.
        package var failures: Int
        package var milliseconds: Int
        package var value: String

        package var text: String {
            "{\"failures\":\(failures),\"milliseconds\":\(milliseconds),\"value\":\"\(value)\"}"
        }

        package init(failures: Int, milliseconds: Int, value: String) {
            self.failures = failures
            self.milliseconds = milliseconds
            self.value = value
        }

        package init?(_ text: String) {
            guard let work = try? JSONDecoder().decode(Work.self, from: Data(text.utf8)) else { return nil }
            self = work
        }
    }

    /// `echo` gives back its input, `flaky` fails until its third attempt, `refuse` fails for good, `slow` works until it is
    /// cancelled and heartbeats meanwhile, `sleep` takes as many seconds as its input says, `work` does as `Work` says.
    package static let activities: [String: ActivityHandler] = [
        "echo": { $0.input.first },
        "flaky": { task in
            guard task.attempt > 2 else { throw Failure.application("not yet", type: "Flaky") }
            return try DataConverter.encode(task.attempt)
        },
        "refuse": { _ in throw Failure.application("never", type: "Refused", nonRetryable: true) },
        "sleep": { task in
            let seconds = try task.input.first.map { try DataConverter.decode(String.self, from: $0) } ?? "0"
            try await Task.sleep(for: .seconds(Double(seconds) ?? 0))
            return try DataConverter.encode("slept")
        },
        "slow": { task in
            while true {
                task.heartbeat([try DataConverter.encode("working")])
                try await Task.sleep(for: .milliseconds(50))
            }
        },
        "work": { task in
            let text = try task.input.first.map { try DataConverter.decode(String.self, from: $0) } ?? ""
            guard let work = Work(text) else { throw Failure.application("unreadable work", type: "Unreadable") }
            try await Task.sleep(for: .milliseconds(work.milliseconds))
            guard task.attempt > work.failures else { throw Failure.application("attempt failed", type: "Flaky") }
            return try DataConverter.encode(work.value)
        },
    ]
}
