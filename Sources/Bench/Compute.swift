import Foundation
import JQ
import JSON
import Temporal

extension BenchWorker {
    /// Prints the events a second (of processor time) of replaying a serialized history, its decoding included.
    static func replay(_ path: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: path))
        let events = try HistoryFile.events(protobuf: bytes).count
        let seconds = try secondsPerTurn {
            let run = try WorkflowReplayer<NullMachine>().replay(HistoryFile.events(protobuf: bytes))
            guard run.outcome != nil else { throw ReplayFault.history(HistoryFault(message: "the history is open")) }
        }
        print(Double(events) / seconds)
    }

    /// Prints the seconds that each program takes, and what it gives. The file is `{"input": …, "programs": […]}`.
    static func evaluate(_ path: String) throws {
        let job = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(filePath: path))))
        let input = job["input"] ?? .null
        let limits = JQLimits(fuel: 1 << 50)
        var seconds: [JSONValue] = []
        var results: [JSONValue] = []
        for text in job["programs"]?.array ?? [] {
            let program = try JQProgram(compiling: text.string ?? "")
            results.append(try program.first(input, limits: limits) ?? .null)
            seconds.append(.number(try secondsPerTurn { _ = try program.first(input, limits: limits) }))
        }
        print(JSONValue.object(["seconds": .array(seconds), "results": .array(results)]).serialized())
    }
}
