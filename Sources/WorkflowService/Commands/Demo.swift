import ArgumentParser
import Foundation
import JSON
import Logging
import Observability
import Storage

struct Demo: AsyncParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    static let configuration = CommandConfiguration(
        abstract: "Run the document-processing template on documents and show what it finds.",
        discussion: """
            Starts the whole service on free loopback ports with an empty data folder, sends each document over HTTP \
            three times (plain, AI-enhanced, and as a tenant of the Basic tier), and stops everything again. Exits with 1 \
            when a result is missing or wrong. Without files it takes Examples/document-processing and a generated PDF \
            of 20 MB.
            """
    )

    @Argument(help: "Documents: plain text, Markdown, HTML or PDF.")
    var files: [String] = []
    @Option(help: "text, or json for the executions as the API returns them.")
    var output: Output = .text
    @Flag(help: "Stay up afterwards, to look at Temporal's web interface; Ctrl-C stops.")
    var keep = false

    func run() async throws {
        let documents = try files.isEmpty ? DemoDocument.examples() : files.map { try DemoDocument(path: $0) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("workflow-service-demo-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        // Of the surroundings only what AI and Temporal say: a demonstration touches no database but its own.
        let environment = ProcessInfo.processInfo.environment.filter { name, _ in
            ["TEMPORAL_", "OPENAI_", "AI_", "PATH"].contains { name.hasPrefix($0) }
        }
        let settings = try Settings(
            SettingSources(flags: ["port": "0", "data": folder.path], file: "/dev/null", environment: environment))
        let configuration = try ServiceConfiguration(settings)
        note("Starting the service …")
        let observation = Observation.begin(settings, level: .error)
        defer { observation.log.flush() }
        let application = try await ServiceApplication.build(configuration, observation)
        let problems = try await application.run(logger: observation.logger) {
            await application.waitUntilReady()
            note(
                "The service listens on \(await application.url ?? "nothing"), Temporal's UI on \(application.temporalUI ?? "nowhere")"
            )
            let problems = try await present(documents, application)
            if keep {
                note("Staying up; Ctrl-C stops.")
                try await Task.sleep(for: .seconds(86_400))
            }
            return problems
        }
        for problem in problems { note("✘ \(problem)") }
        if !problems.isEmpty { throw ExitCode.failure }
        note("✔ \(documents.count * 3) executions, every result as expected; everything is stopped.")
    }

    /// - Returns: what is missing or wrong.
    private func present(_ documents: [DemoDocument], _ application: ServiceApplication) async throws -> [String] {
        let url = await application.url ?? ""
        let enterprise = APIClient(url: url, key: application.firstKey ?? "")
        let tenant = try await application.stores.tenants.create(name: "a tenant of the Basic tier", tier: .basic)
        let basic = APIClient(
            url: url, key: try await application.stores.keys.create(tenant: tenant.id, name: "demo").key)
        var executions: [JSONValue] = []
        var problems: [String] = []
        for document in documents {
            for variant in DemoVariant.allCases {
                let run = DemoRun(document: document, variant: variant, client: variant == .basic ? basic : enterprise)
                let execution = try await run.execute()
                problems += run.problems(of: execution)
                executions.append(execution)
                if output == .text { print(run.report(on: execution)) }
            }
        }
        if output == .json { print(JSONValue.array(executions).serialized(pretty: true)) }
        return problems
    }
}
