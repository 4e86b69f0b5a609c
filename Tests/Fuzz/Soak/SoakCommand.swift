import ArgumentParser
import Foundation
import Temporal

/// Thousands of workflows on one worker, and a verdict.
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Runs many small workflows and says whether memory and tasks stayed sound.")

    @Option(help: "How many workflows.") var workflows = 20_000
    @Option(help: "So many at once.") var width = 100
    @Option(help: "The worker's memory at the end over that after a quarter, at most.") var growth = 1.15

    func run() async throws {
        let report = FileManager.default.temporaryDirectory.appending(path: "soak-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: report) }
        let result = try await Fuzzer.with(program: CommandLine.arguments[0]) { fuzzer in
            let queue = UUID().uuidString
            let crew = try Crew(
                program: fuzzer.program, workers: 1,
                arguments: [fuzzer.address, queue, "--report", report.path])
            let soak = Soak(
                client: fuzzer.client, queue: queue, worker: crew.processIDs[0], workflows: workflows, width: width)
            let result = await soak.run { say($0) }
            await crew.dismiss(grace: .seconds(15))
            return result
        }
        let worker = try JSONDecoder().decode(WorkerReport.self, from: Data(contentsOf: report))
        var failures: [String] = []
        let growthText = String(format: "%.3f", result.growth)
        if result.tally.mishaps > 0 { failures.append("\(result.tally)") }
        if !(result.growth <= growth) { failures.append("memory grew by the factor \(growthText)") }
        if !worker.failedCalls.isEmpty { failures.append("calls of the worker failed: \(worker.failedCalls)") }
        say(
            "\(workflows) workflows in \(Int(result.seconds)) s; memory at the end over that after a quarter: "
                + "\(growthText); tasks given out: \(result.tally.tasks), taken by the worker: \(worker.tasks), timed out: "
                + "\(result.tally.timedOutTasks); connections opened by the worker: \(worker.connections); "
                + "failed calls: \(worker.failedCalls), failed polls: \(worker.failedPolls)")
        say(failures.isEmpty ? "PASSED" : "FAILED: \(failures.joined(separator: "; "))")
        if !failures.isEmpty { throw ExitCode.failure }
    }
}
