import Activities
import ArgumentParser
import Foundation
import Logging
import NIOCore
import ServiceLifecycle

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the service until Ctrl-C or SIGTERM.",
        discussion: """
            Without further settings it runs a Temporal development server of its own and keeps everything in the data \
            folder. TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS… name a cluster instead; \
            OPENAI_API_KEY and OPENAI_BASE_URL an AI provider beside the built-in one.
            """
    )

    @Option(help: "all, api or worker: what this process does; several of each run beside each other.")
    var role = ServiceRole.all
    @Option(help: "The port on which a worker answers health and metrics; nowhere without it.")
    var monitoringPort: Int?
    @Option(help: "The port of the API; 0 takes any free one.")
    var port = 8080
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "The folder for all data.")
    var data = "data"
    @Option(
        name: .customLong("allow-http"),
        help: "A host, host:port or CIDR block in a private network that workflows may call.")
    var allowHTTP: [String] = []
    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: Self.level)
    var logLevel = Logger.Level.notice

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else { throw ValidationError("\(text) is no log level.") }
        return level
    }

    mutating func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535.") }
        for text in allowHTTP where AddressPolicy.Rule(text) == nil {
            throw ValidationError("--allow-http \(text): expected host, host:port or a CIDR block.")
        }
    }

    func run() async throws {
        var logger = Logger(label: "workflow-service") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        var configuration = try ServiceConfiguration(
            dataFolder: URL(filePath: data, directoryHint: .isDirectory),
            environment: ProcessInfo.processInfo.environment
        )
        configuration.host = host
        configuration.port = port
        configuration.role = role
        configuration.monitoringPort = monitoringPort
        configuration.allowedHTTP = allowHTTP.compactMap(AddressPolicy.Rule.init)
        let application = try await ServiceApplication.build(configuration, logger: logger)
        let announcement = Task {
            await application.waitUntilReady()
            await Self.announce(application, data: data)
        }
        defer { announcement.cancel() }
        do {
            try await application.run(logger: logger)
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw StartupError(
                "The service cannot listen on \(host):\(port): \(reason). Choose another: --port N, --host ADDRESS.")
        }
    }

    private static func announce(_ application: ServiceApplication, data: String) async {
        let url = await application.url
        var lines = ["Workflow Service \(serviceVersion): \(url.map { "\($0)/workflows" } ?? "worker")"]
        lines.append("Temporal: \(application.temporalAddress)")
        if let ui = application.temporalUI { lines.append("Temporal UI: \(ui)") }
        if application.role.servesAPI, let url {
            lines.append("Codec for Temporal's tools: \(url)/codec, with the key in \(data)/operator-key")
            lines.append("API key: \(application.firstKey ?? "as given on the first start, see \(data)/api-key")")
        }
        // Unbuffered, so that whoever reads a pipe sees it at once.
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}

extension ServiceRole: ExpressibleByArgument {}
