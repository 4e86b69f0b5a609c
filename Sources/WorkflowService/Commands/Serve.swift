import ArgumentParser
import Foundation
import NIOCore
import Observability
import ServiceLifecycle

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the service until Ctrl-C or SIGTERM.",
        discussion: """
            Without further settings it runs a Temporal development server of its own and keeps everything in the data \
            folder. TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS… name a cluster instead; \
            OPENAI_API_KEY and OPENAI_BASE_URL an AI provider beside the built-in one. workflow-service config shows \
            every setting, its value and where it came from.

            Examples:
              workflow-service serve --port 9000 --data /var/lib/workflow-service
              workflow-service serve --config production.yaml --environment production --role worker
            """
    )

    @OptionGroup var options: SettingOptions

    func run() async throws {
        let settings = try options.settings()
        let observation = Observation.begin(settings)
        defer { observation.log.flush() }
        let application = try await ServiceApplication.build(ServiceConfiguration(settings), observation)
        let announcement = Task {
            await application.waitUntilReady()
            await Self.announce(application)
        }
        defer { announcement.cancel() }
        do {
            try await application.run(logger: observation.logger)
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw StartupError(
                "The service cannot listen on \(settings.host):\(settings.port): \(reason). Choose another: --port N, --host ADDRESS."
            )
        }
    }

    private static func announce(_ application: ServiceApplication) async {
        let (url, settings) = (await application.url, application.settings)
        let what = settings.role.servesAPI ? "\(url ?? "")/workflows" : settings.role.rawValue
        var lines = ["Workflow Service \(serviceVersion): \(what)"]
        lines.append("Temporal: \(application.temporalAddress)")
        if let ui = application.temporalUI { lines.append("Temporal UI: \(ui)") }
        if settings.role.servesAPI, let url {
            lines.append("Codec for Temporal's tools: \(url)/codec, with the key in \(settings.data)/operator-key")
            lines.append(
                "API key: \(application.firstKey ?? "as given on the first start, see \(settings.data)/api-key")")
        } else if let url {
            lines.append("Monitoring: \(url)")
        }
        // Unbuffered, so that whoever reads a pipe sees it at once.
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}
