import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

extension SharedService {
    /// What the API does of HTTP itself, whatever the route.
    @Suite struct HTTPTests {
        private static let origin = "https://console.example.com"

        @Test func answersCarryTheCallersIdOrANewOne() async throws {
            let service = try SharedService.service
            let own = try await service.send(
                .GET, "/templates", headers: ["X-Request-Id": "order-17.a_B"], key: service.key)
            #expect(own.headers["X-Request-Id"] == ["order-17.a_B"])
            for unusable in ["", "a b", "a\u{E9}", String(repeating: "a", count: 129), "a;b", "../x"] {
                let answer = try await service.send(
                    .GET, "/templates", headers: ["X-Request-Id": unusable], key: service.key)
                let id = try #require(answer.headers.first(name: "X-Request-Id"))
                #expect(UUID(uuidString: id) != nil, "\(unusable.debugDescription) became \(id)")
            }
            // Errors carry it too, in the body as well.
            let problem = try await service.send(.GET, "/executions", headers: ["X-Request-Id": "me"], key: nil)
            #expect(problem.status == 401 && problem.headers["X-Request-Id"] == ["me"])
            #expect(problem["request_id"] == "me")
        }

        @Test func pagesOfConfiguredOriginsMayCall() async throws {
            let service = try SharedService.service
            let asked: HTTPHeaders = ["Origin": Self.origin, "Access-Control-Request-Method": "POST"]
            let preflight = try await service.raw(.OPTIONS, "/execute", headers: asked)
            #expect(preflight.status == .noContent)
            #expect(preflight.headers["Access-Control-Allow-Origin"] == [Self.origin])
            #expect(preflight.headers.first(name: "Access-Control-Allow-Headers")?.contains("Authorization") == true)
            #expect(preflight.headers.first(name: "Access-Control-Allow-Methods")?.contains("POST") == true)
            // A page has its own key; nothing that a browser keeps is taken.
            #expect(preflight.headers["Access-Control-Allow-Credentials"].isEmpty)
            let refused = try await service.raw(.GET, "/executions", headers: ["Origin": Self.origin])
            #expect(refused.status == .unauthorized && refused.headers["Access-Control-Allow-Origin"] == [Self.origin])
            for stranger in ["https://evil.example", "null", "https://console.example.com.evil.example", "*"] {
                let answer = try await service.raw(
                    .OPTIONS, "/execute", headers: ["Origin": stranger, "Access-Control-Request-Method": "POST"])
                #expect(answer.headers["Access-Control-Allow-Origin"].isEmpty, "\(stranger)")
                #expect(answer.headers["Vary"].contains("Origin"))
            }
        }

        @Test(arguments: [
            ("PUT", "/execute", 405, "POST"), ("DELETE", "/templates", 405, "GET"),
            ("POST", "/executions/00000000-0000-4000-8000-000000000000", 405, "GET"), ("GET", "/nowhere", 404, nil),
            ("GET", "/executions/a/b/c", 404, nil), ("POST", "", 404, nil),
        ])
        func unknownPathsAndMethodsSaySo(_ method: String, _ path: String, _ status: Int, _ allow: String?) async throws
        {
            let service = try SharedService.service
            let answer = try await service.send(.init(rawValue: method), path, key: service.key)
            #expect(answer.status == status)
            #expect(answer.headers.first(name: "Allow") == allow)
            #expect(answer.headers.first(name: "Content-Type") == "application/problem+json")
        }

        @Test func headHasTheHeadersOfGetAndNoBody() async throws {
            let service = try SharedService.service
            let key: HTTPHeaders = ["Authorization": "Bearer \(service.key)"]
            let answer = try await service.raw(.HEAD, "/templates", headers: key)
            #expect(answer.status == .ok)
            #expect(try await answer.body.collect(upTo: 1 << 20).readableBytes == 0)
        }
    }
}

extension RunningService {
    /// An answer as it came.
    func raw(_ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:]) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers = headers
        return try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    }
}
