import Foundation
import JSON

extension APIClient {
    /// The execution each time that something happened to it, to its end. Server-sent events say when to look; where they do
    /// not come, the clock does.
    func follow(_ id: String, _ show: (JSONValue) -> Void) async throws -> JSONValue {
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let events = Task {
            try? await self.events(at: path("executions", id, "events"), after: nil) { _ in look.yield() }
            // The end, or no such stream.
            look.yield()
        }
        let clock = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                look.yield()
            }
        }
        defer {
            events.cancel()
            clock.cancel()
        }
        look.yield()
        var end = ContinuousClock.now + Self.patience
        for await _ in looks {
            if let execution = try await lookAt(id, until: end) {
                end = ContinuousClock.now + Self.patience
                show(execution)
                if !ExecutionView(execution: execution).isOpen { return execution }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CancellationError()
    }

    /// A service that restarts comes back; its executions go on meanwhile.
    private static let patience = Duration.seconds(60)

    /// nil: the service is away, and it is not `end` yet.
    private func lookAt(_ id: String, until end: ContinuousClock.Instant) async throws(APIError) -> JSONValue? {
        do {
            return try await get(path("executions", id))
        } catch {
            guard error.exitCode == .unavailable, ContinuousClock.now < end else { throw error }
            return nil
        }
    }

    /// The events about an execution, taken up again where a connection broke, until it has ended.
    func resumableEvents(
        at path: String, query: [String: String?] = [:], of id: String, after last: String?,
        _ show: (ServerSentEvent) -> Void
    ) async throws {
        var (last, end) = (last, ContinuousClock.now + Self.patience)
        while true {
            do {
                try await events(at: path, query: query, after: last) { event in
                    last = event.id ?? last
                    end = ContinuousClock.now + Self.patience
                    show(event)
                }
            } catch let error as APIError where error.exitCode != .unavailable {
                throw error
            } catch {
                guard !Task.isCancelled, ContinuousClock.now < end else { throw error }
            }
            if let execution = try await lookAt(id, until: end), !ExecutionView(execution: execution).isOpen { return }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
