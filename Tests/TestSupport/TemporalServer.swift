package import DevelopmentServer
import Foundation
import Logging
import Synchronization
package import Testing

/// A real Temporal development server for tests.
///
/// A suite gets one of its own with the trait `.temporalServer()` and reads it as `TemporalServer.current`; tests
/// that share one with the whole test process ask `TemporalServer.shared()`. Either ends with the suite or the
/// process.
package struct TemporalServer: Sendable {
    package let server: DevelopmentServer

    /// Host and port.
    package var address: String { server.address }
    package var namespace: String { server.namespace }

    @TaskLocal private static var inScope: TemporalServer?

    /// The server of the suite's `.temporalServer()` trait.
    package static var current: TemporalServer {
        get throws { try #require(inScope, "the suite lacks the trait .temporalServer()") }
    }

    /// The search attributes that the service registers.
    package static let searchAttributes = [
        (name: "TenantId", type: "Keyword"), (name: "Tier", type: "Keyword"), (name: "Template", type: "Keyword"),
        (name: "AIEnhanced", type: "Bool"),
    ]

    /// Starts a server, waits until it is ready, calls `body`, and stops it.
    package static func with<Result: Sendable>(
        _ configuration: DevelopmentServer.Configuration = .forTests,
        _ body: @Sendable (TemporalServer) async throws -> Result
    ) async throws -> Result {
        let server = try await DevelopmentServer(configuration, logger: quiet)
        return try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            try await server.waitUntilReady()
            let result = try await body(TemporalServer(server: server))
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    private static let sharedServer = Mutex<Task<TemporalServer, any Error>?>(nil)

    /// One in-memory server per test process, started at the first call; it ends with the process.
    package static func shared() async throws -> TemporalServer {
        let starting = sharedServer.withLock { task in
            let starting =
                task
                ?? Task.detached {
                    let server = try await DevelopmentServer(.forTests, logger: quiet)
                    Task.detached { try await server.run() }
                    try await server.waitUntilReady()
                    return TemporalServer(server: server)
                }
            task = starting
            return starting
        }
        return try await starting.value
    }

    fileprivate static let quiet = Logger(label: "temporal-server") { _ in SwiftLogNoOpLogHandler() }

    fileprivate func scoped(_ function: @Sendable () async throws -> Void) async throws {
        try await Self.$inScope.withValue(self) { try await function() }
    }
}

extension DevelopmentServer.Configuration {
    /// In memory, without the web interface, with the service's search attributes.
    package static var forTests: Self {
        var configuration = Self()
        configuration.headless = true
        configuration.searchAttributes = TemporalServer.searchAttributes
        return configuration
    }
}

/// Gives a suite (or one test) a server of its own.
package struct TemporalServerTrait: SuiteTrait, TestTrait, TestScoping {
    let configuration: DevelopmentServer.Configuration

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await TemporalServer.with(configuration) { try await $0.scoped(function) }
    }
}

extension Trait where Self == TemporalServerTrait {
    package static func temporalServer(_ configuration: DevelopmentServer.Configuration = .forTests) -> Self {
        TemporalServerTrait(configuration: configuration)
    }
}
