import ArgumentParser
import Foundation
import JSON

/// `--output`: for people, or for programs, which get what the API answered.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table, json, yaml
    /// Of commands that say so; they write it themselves.
    case csv

    /// - Parameter table: what people read; programs get `value`.
    func show(_ value: JSONValue, table: () -> String) {
        switch self {
        case .table, .csv: say(table())
        case .json: say(value.serialized(pretty: true))
        case .yaml: say(value.yaml)
        }
    }
}

struct OutputOptions: ParsableArguments {
    @Option(help: "table, json or yaml.") var output = OutputFormat.table

    func validate() throws {
        guard output != .csv else { throw ValidationError("--output is table, json or yaml here.") }
    }
}

/// A result, on standard output.
func say(_ text: String) {
    FileHandle.standardOutput.write(Data((text.hasSuffix("\n") || text.isEmpty ? text : text + "\n").utf8))
}

/// For people, on standard error; standard output is for results.
func note(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}
