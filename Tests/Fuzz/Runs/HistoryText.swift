import DevelopmentServer
import Foundation
import Subprocess
import SystemPackage

/// A history as `temporal workflow show --output json` prints it.
enum HistoryText {
    static func json(of workflowID: String, _ runID: String, at address: String) async throws -> Data {
        let result = try await Subprocess.run(
            .path(FilePath(try TemporalExecutable.find())),
            arguments: [
                "workflow", "show", "--workflow-id", workflowID, "--run-id", runID, "--output", "json", "--address",
                address,
            ], output: .data(limit: 64 << 20), error: .discarded)
        return result.standardOutput
    }
}
