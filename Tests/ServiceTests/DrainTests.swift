import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// A service that is told to stop lets nobody hang: who waits is answered, who watches is let go.
@Suite(.timeLimit(.minutes(2)))
struct DrainTests {
    @Test func stoppingServiceAnswersWhoWaitsAndEndsStreams() async throws {
        try await RunningService.with { service in
            let later = """
                {"template": "document-processing", "delay": "50s",
                 "input": {"document": {"content_base64": "SGVsbG8=", "media_type": "text/plain"}}}
                """
            let watched = try await service.post("/execute", later)
            let watching = Task {
                var request = HTTPClientRequest(url: "\(service.url)/executions/\(watched.id)/events")
                request.headers.add(name: "Authorization", value: "Bearer \(service.key)")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(100))
                // Throws where the connection was cut within the body.
                return String(buffer: try await response.body.collect(upTo: 1 << 20))
            }
            let waiting = Task { try await service.post("/execute?wait=60", later) }
            try await Task.sleep(for: .seconds(2))
            service.process.send(SIGTERM)
            let answer = try await waiting.value
            #expect(answer.status == 202 && answer.executionStatus == "pending", "\(answer)")
            #expect(try await watching.value.contains("event: status"))
            #expect(try await service.process.waitUntilEnded() == 0)
        }
    }
}
