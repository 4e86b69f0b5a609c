import AsyncHTTPClient
import Foundation
import HTTPTypes
import JSON
package import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// The issuer's keys: fetched in the background, and when a token names one that is not known.
///
/// An actor, because of the requests that need an unknown key at once only one fetches it. Keys that could not be
/// fetched again stay: an issuer that is away locks nobody out.
package actor TokenKeySource: Service {
    private let source: TokenConfiguration.KeySource
    private let logger: Logger
    private var keys = TokenKeys()
    private var lastAttempt: ContinuousClock.Instant?
    private var fetching: Task<TokenKeys?, Never>?

    private static let interval = Duration.seconds(300)
    /// Between two fetches, however many tokens name unknown keys.
    private static let patience = Duration.seconds(10)
    private static let sizeLimit = 1 << 20

    package init(_ source: TokenConfiguration.KeySource, logger: Logger) {
        self.source = source
        self.logger = logger
    }

    nonisolated package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.refresh()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// As last fetched.
    var current: TokenKeys { keys }

    /// Fetches unless that was done a moment ago.
    func refreshed() async -> TokenKeys {
        if fetching == nil, let lastAttempt, lastAttempt.duration(to: .now) < Self.patience { return keys }
        await refresh()
        return keys
    }

    private func refresh() async {
        let task: Task<TokenKeys?, Never>
        if let fetching {
            task = fetching
        } else {
            lastAttempt = .now
            task = Task { await fetched() }
            fetching = task
        }
        let result = await task.value
        if fetching == task { fetching = nil }
        if let result { keys = result }
    }

    private func fetched() async -> TokenKeys? {
        do {
            let keys = await TokenKeys(try JSONValue(parsing: try await bytes()))
            guard !keys.isEmpty else { throw Unusable(reason: "it holds no key that can verify a token") }
            return keys
        } catch {
            logger.warning("The keys of the tokens' issuer cannot be fetched", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func bytes() async throws -> [UInt8] {
        switch source {
        case .file(let url):
            let data = try Data(contentsOf: url)
            guard data.count <= Self.sizeLimit else { throw Unusable(reason: "it is larger than 1 MiB") }
            return [UInt8](data)
        case .url(let url):
            let client = HTTPClient(
                eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
            do {
                var request = HTTPClientRequest(url: url)
                request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
                let response = try await client.execute(request, timeout: .seconds(5))
                guard response.status == .ok else {
                    throw Unusable(reason: "its address answers \(response.status.code)")
                }
                let body = try await response.body.collect(upTo: Self.sizeLimit)
                try await client.shutdown()
                return [UInt8](body.readableBytesView)
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    private struct Unusable: Error { var reason: String }
}
