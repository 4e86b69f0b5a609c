import AI
import AsyncHTTPClient
import JSON

/// One call of a provider against a script.
struct ProviderAsk {
    var outcome: Result<ProviderAnswer, AIError>
    var requests: [ScriptedServer.Seen]

    init(
        _ request: AIRequest, _ answers: [ScriptedServer.Answer], within: Duration = .seconds(5),
        of provider: (ScriptedServer) -> any AIProvider
    ) async throws {
        self = try await ScriptedServer.run(answers) { server in
            let provider = provider(server)
            do throws(AIError) {
                let answer = try await provider.send(
                    provider.prepare(request), key: ScriptedServer.key, deadline: .now + within)
                return Self(outcome: .success(answer), requests: server.requests)
            } catch {
                return Self(outcome: .failure(error), requests: server.requests)
            }
        }
    }

    private init(outcome: Result<ProviderAnswer, AIError>, requests: [ScriptedServer.Seen]) {
        self.outcome = outcome
        self.requests = requests
    }

    var error: AIError? {
        if case .failure(let error) = outcome { error } else { nil }
    }
}

extension ScriptedServer.Answer {
    static func json(_ body: JSONValue) -> Self { .status(200, body: body.serialized()) }
}
