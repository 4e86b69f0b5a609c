package import Foundation

/// `GET /workflows/executions/{id}` for each route of the API, of a service that stands for a moment without Temporal: what
/// a test holds against the API's description.
package func apiRoutes(dataFolder: URL) async throws -> [String] {
    // A cluster that is not there, so that no server of our own is started.
    let settings = try Settings(
        SettingSources(
            flags: ["port": "0", "data": dataFolder.path], file: "/dev/null",
            environment: ["TEMPORAL_ADDRESS": "127.0.0.1:1"]))
    let application = try await ServiceApplication.build(ServiceConfiguration(settings), .silent)
    // Run, so that it releases what it holds.
    return try await application.run(logger: Observation.silent.logger) {
        _ = await application.url
        return application.routes
    }
}
