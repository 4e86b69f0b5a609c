import Hummingbird
import JSON

/// One part of the service as health shows it.
package struct HealthCheck: Sendable {
    package var name: String
    /// Returns what is fine about it, or throws what is not. Bounded by the route.
    package var check: @Sendable () async throws -> String

    package init(_ name: String, _ check: @escaping @Sendable () async throws -> String) {
        self.name = name
        self.check = check
    }
}

/// `GET /workflows/health`, without a key: 200 when every part answers, 503 otherwise.
struct HealthRoutes {
    let checks: [HealthCheck]

    private static let patience = Duration.seconds(3)

    func add(to router: some RouterMethods<APIContext>) {
        router.get("health", use: health)
    }

    @Sendable func health(_ request: Request, context: APIContext) async throws -> Response {
        var isHealthy = true
        var parts = JSONObject()
        let results = await withTaskGroup { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await Self.run(check)) }
            }
            var results: [(Int, Result<String, HealthFailure>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }
        }
        for (index, result) in results {
            switch result {
            case .success(let detail): parts[checks[index].name] = ["status": "ok", "detail": .string(detail)]
            case .failure(let failure):
                isHealthy = false
                parts[checks[index].name] = ["status": "failing", "detail": .string(failure.reason)]
            }
        }
        return Response(
            json: ["status": isHealthy ? "ok" : "failing", "checks": .object(parts)],
            status: isHealthy ? .ok : .serviceUnavailable
        )
    }

    private static func run(_ check: HealthCheck) async -> Result<String, HealthFailure> {
        await withTaskGroup(of: Result<String, HealthFailure>.self) { group in
            group.addTask {
                do {
                    return .success(try await check.check())
                } catch {
                    return .failure(HealthFailure(reason: "\(error)"))
                }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return .failure(HealthFailure(reason: "no answer within \(patience)"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(HealthFailure(reason: "not checked"))
        }
    }
}

private struct HealthFailure: Error {
    var reason: String
}
