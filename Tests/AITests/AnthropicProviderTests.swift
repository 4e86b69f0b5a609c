import AI
import AsyncHTTPClient
import JSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AnthropicProviderTests {
    private static func ask(
        _ operation: AIOperation, _ answer: ScriptedServer.Answer, rejected: String? = nil,
        _ change: @escaping (inout AnthropicProvider.Configuration) -> Void = { _ in }
    ) async throws -> ProviderAsk {
        try await ProviderAsk(
            AIRequest(operation: operation, model: "claude-haiku-5-5", rejectedAnswer: rejected), [answer]
        ) { server in
            var configuration = AnthropicProvider.Configuration(baseURL: server.address)
            change(&configuration)
            return AnthropicProvider(configuration: configuration, client: .shared)
        }
    }

    static func message(
        _ text: String, stop: String = "end_turn", usage: JSONValue = ["input_tokens": 90, "output_tokens": 20]
    ) -> JSONValue {
        [
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
            "content": [["type": "text", "text": .string(text)]], "stop_reason": .string(stop), "stop_sequence": nil,
            "usage": usage,
        ]
    }

    private static let classify = AIOperation.classify(text: "Invoice 7", categories: ["Contract", "Invoice"])
    private static let answer = #"{"category":"Invoice","confidence":0.9}"#

    @Test func aMessageIsAskedForAndRead() async throws {
        let ask = try await Self.ask(
            .generateText(prompt: "Say hello", system: "Be brief", maxTokens: 50), .json(Self.message("Hello.")))
        #expect(try ask.outcome.get() == ProviderAnswer(value: .text("Hello."), tokens: .init(input: 90, output: 20)))
        let request = try #require(ask.requests.first)
        #expect(request.path == "/v1/v1/messages")
        #expect(request.headers["x-api-key"] == "sk-test-secret")
        #expect(request.headers["anthropic-version"] == "2026-10-21")
        #expect(request.authorization == nil)
        #expect(
            request.body == [
                "model": "claude-haiku-5-5", "max_tokens": 50,
                "messages": [["role": "user", "content": "Say hello"]], "system": "Be brief",
            ])
    }

    @Test func theSchemaTravelsAsOutputFormatToolOrInstruction() async throws {
        let schema: JSONValue = [
            "type": "object",
            "properties": [
                "category": ["type": "string", "enum": ["Contract", "Invoice", "unsure"]],
                "confidence": ["type": "number"],
            ], "required": ["category", "confidence"], "additionalProperties": false,
        ]
        let format = try await Self.ask(Self.classify, .json(Self.message(Self.answer)))
        #expect(try format.outcome.get().value == .category("Invoice"))
        #expect(
            format.requests.first?.body["output_config"] == ["format": ["type": "json_schema", "schema": schema]])

        var called = try #require(Self.message("Here it is.", stop: "tool_use").object)
        called["content"] = [
            ["type": "thinking", "thinking": "Hm.", "signature": "x"], ["type": "text", "text": "Here it is."],
            [
                "type": "tool_use", "id": "toolu_1", "name": "classify",
                "input": ["category": "Invoice", "confidence": 0.9],
            ],
        ]
        let tool = try await Self.ask(Self.classify, .json(.object(called))) { $0.structuredOutput = .tool }
        #expect(try tool.outcome.get().value == .category("Invoice"))
        #expect(tool.requests.first?.body["tools"]?[0]?["input_schema"] == schema)
        #expect(
            tool.requests.first?.body["tool_choice"] == [
                "type": "tool", "name": "classify", "disable_parallel_tool_use": true,
            ])

        let plain = try await Self.ask(Self.classify, .json(Self.message("```json\n\(Self.answer)\n```"))) {
            $0.structuredOutput = .none
        }
        #expect(try plain.outcome.get().value == .category("Invoice"))
        #expect(plain.requests.first?.body["system"]?.string?.contains(schema.serialized()) == true)
        #expect(plain.requests.first?.body["tools"] == nil && plain.requests.first?.body["output_config"] == nil)
    }

    @Test func cachedTokensAreInputAndReasoningIsOutput() async throws {
        let usage: JSONValue = [
            "input_tokens": 10, "cache_read_input_tokens": 70, "cache_creation_input_tokens": 20, "output_tokens": 30,
            "output_tokens_details": ["thinking_tokens": 25],
        ]
        let ask = try await Self.ask(.generateText(prompt: "Hi"), .json(Self.message("Hello", usage: usage)))
        #expect(
            try ask.outcome.get().tokens
                == TokenUsage(input: 100, cachedInput: 70, cacheWrite: 20, output: 30, reasoning: 25))
    }

    @Test(arguments: [
        ("refusal", "", AIError.Code.contentPolicy), ("max_tokens", "", .invalidResponse),
        ("model_context_window_exceeded", "", .invalidResponse), ("end_turn", " ", .invalidResponse),
    ])
    func stopReasonsWithoutAnAnswerAreErrors(stop: String, text: String, code: AIError.Code) async throws {
        let ask = try await Self.ask(.generateText(prompt: "Hi"), .json(Self.message(text, stop: stop)))
        #expect(ask.error?.code == code)
        #expect(ask.error?.tokens == TokenUsage(input: 90, output: 20))
    }

    @Test func aCutAnswerIsNotShownForRepair() async throws {
        let cut = try await Self.ask(Self.classify, .json(Self.message("{\"category\":", stop: "max_tokens")))
        #expect(cut.error?.code == .invalidResponse && cut.error?.rejectedAnswer == nil)
        let whole = try await Self.ask(Self.classify, .json(Self.message("An invoice")))
        #expect(whole.error?.rejectedAnswer == "An invoice")
        let repaired = try await Self.ask(Self.classify, .json(Self.message(Self.answer)), rejected: "An invoice")
        let roles = repaired.requests.first?.body["messages"]?.array?.map { $0["role"] }
        // The user has the last word: newer models refuse to go on with words of their own.
        #expect(roles == ["user", "assistant", "user"])
    }

    private static func failure(_ type: String, _ message: String = "") -> String {
        let body: JSONValue = ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
        return body.serialized()
    }

    @Test(arguments: [
        (
            ScriptedServer.Answer.status(401, body: failure("authentication_error", "invalid x-api-key sk-test")),
            AIError.Code.auth, nil as Duration?
        ),
        (.status(403, body: failure("permission_error")), .auth, nil),
        (.status(402, body: failure("billing_error")), .quota, nil),
        (
            .status(400, body: failure("invalid_request_error", "Your credit balance is too low to access the API")),
            .quota, nil
        ),
        (
            .status(
                400, body: failure("invalid_request_error", "You have reached your specified API usage limits.")),
            .quota,
            nil
        ),
        (
            .status(
                429,
                body:
                    #"{"type":"error","error":{"type":"rate_limit_error","message":"","details":{"error_code":"enforced_spend_limit_reached"}}}"#
            ), .quota, nil
        ),
        (
            .status(
                429,
                body:
                    #"{"type":"error","error":{"type":"rate_limit_error","message":"","details":{"error_code":"ramp_limit_exceeded"}}}"#
            ), .rateLimited, nil
        ),
        (.status(404, body: failure("not_found_error", "model: claude-9")), .noModel, nil),
        (.status(413, body: failure("request_too_large")), .contextTooLong, nil),
        (
            .status(400, body: failure("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")),
            .contextTooLong, nil
        ),
        (.status(400, body: failure("invalid_request_error", "max_tokens: too large")), .badRequest, nil),
        (.status(429, body: failure("rate_limit_error"), headers: ["retry-after": "12"]), .rateLimited, .seconds(12)),
        (
            .status(
                429, body: failure("rate_limit_error"),
                headers: [
                    "anthropic-ratelimit-requests-remaining": "0",
                    "anthropic-ratelimit-requests-reset": "2020-01-01T00:00:00Z",
                ]), .rateLimited, .zero
        ),
        (.status(500, body: failure("api_error")), .unavailable, nil),
        (.status(529, body: failure("overloaded_error"), headers: ["retry-after": "3"]), .unavailable, .seconds(3)),
    ])
    func failuresAreClassified(answer: ScriptedServer.Answer, code: AIError.Code, retryAfter: Duration?) async throws {
        let error = try #require(try await Self.ask(.generateText(prompt: "Hi"), answer).error)
        #expect(error.code == code && error.retryAfter == retryAfter)
        #expect(error.wasSent && error.tokens == TokenUsage.none)
        #expect(!error.description.contains("sk-"))
    }

    @Test(arguments: [ScriptedServer.Answer.status(504), .status(408), .status(524)])
    func behindAGatewaysTimeOutTheModelMayHaveWorked(answer: ScriptedServer.Answer) async throws {
        let error = try #require(try await Self.ask(.generateText(prompt: "Hi"), answer).error)
        #expect(error.code == .timedOut && error.wasSent && error.tokens == nil)
    }

    @Test func anotherVendorsAnswerIsNone() async throws {
        let ask = try await Self.ask(.generateText(prompt: "Hi"), .content("Hello"))
        #expect(ask.error?.code == .invalidResponse && ask.error?.tokens?.isEstimated == true)
    }
}
