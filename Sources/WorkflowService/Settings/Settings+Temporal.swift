import Foundation

extension Settings {
    /// What `TemporalExecutable` looks at.
    var temporalTool: [String: String] {
        var environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
        environment["TEMPORAL_CLI"] = self.temporalCLI
        return environment
    }
}
