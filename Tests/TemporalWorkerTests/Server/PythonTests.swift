import Foundation
import Fuzz
import Subprocess
import SystemPackage
import Temporal
import TestSupport
import Testing

/// Work that crosses to and from the official Python SDK.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct PythonTests {
    @Test func aPythonWorkflowCallsOurActivities() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let output = try await kitchen.python("run_workflow.py")
                let expected = [
                    "echo: from python", "flaky: 3", "refuse: Refused: never, NON_RETRYABLE_FAILURE",
                ]
                #expect(output.split(separator: "\n").map(String.init) == expected)
            }
        }
    }

    @Test func ourWorkflowCallsAPythonActivity() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .appending(path: "Python/serve_activity.py").path
                let actions = ["moon", "nobody"].map { name in
                    Action.activity("greet", name) {
                        $0.queue = "\(kitchen.queue)-python"
                        $0.isCaught = true
                    }
                }
                let id = try await kitchen.start(actions)
                let python = Configuration(
                    executable: .path(.init(Kitchen.package.appending(path: ".venv/bin/python").path)),
                    arguments: [script, kitchen.address, kitchen.queue])
                let result = try await Subprocess.run(
                    python, input: .inputWriter, output: .discarded, error: .discarded
                ) { execution in
                    let log = try await kitchen.log(id)
                    #expect(log == ["\"hello moon from python\"", "Activity task failed: nobody to greet"])
                    try await execution.standardInputWriter.finish()
                }
                #expect(result.terminationStatus.isSuccess)
                try await kitchen.replays(id)
            }
        }
    }
}
