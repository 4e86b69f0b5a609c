import AI
import AsyncHTTPClient
import JSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct GeminiProviderTests {
    private static func ask(
        _ operation: AIOperation, _ answer: ScriptedServer.Answer, rejected: String? = nil
    ) async throws -> ProviderAsk {
        try await ProviderAsk(
            AIRequest(operation: operation, model: "gemini-3.8-flash", rejectedAnswer: rejected), [answer]
        ) { server in
            GeminiProvider(configuration: .init(baseURL: server.address), client: .shared)
        }
    }

    static func answer(
        _ text: String, finish: String = "STOP",
        usage: JSONValue = ["promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120]
    ) -> JSONValue {
        [
            "candidates": [
                [
                    "content": ["role": "model", "parts": [["text": .string(text)]]], "finishReason": .string(finish),
                    "index": 0,
                ]
            ], "usageMetadata": usage, "modelVersion": "gemini-3.8-flash",
        ]
    }

    @Test func contentIsGeneratedAndRead() async throws {
        let ask = try await Self.ask(
            .generateText(prompt: "Say hello", system: "Be brief", maxTokens: 50), .json(Self.answer("Hello.")))
        #expect(try ask.outcome.get() == ProviderAnswer(value: .text("Hello."), tokens: .init(input: 100, output: 20)))
        let request = try #require(ask.requests.first)
        #expect(request.path == "/v1/models/gemini-3.8-flash:generateContent")
        #expect(request.headers["x-goog-api-key"] == "sk-test-secret")
        #expect(request.query == nil)
        #expect(
            request.body == [
                "systemInstruction": ["parts": [["text": "Be brief"]]],
                "contents": [["role": "user", "parts": [["text": "Say hello"]]]],
                "generationConfig": ["maxOutputTokens": 50],
            ])
    }

    @Test func theSchemaTravelsInTheVendorsForm() async throws {
        let ask = try await Self.ask(
            .extractEntities(text: "Anna met Bo."),
            .json(Self.answer(#"{"entities":[{"type":"person","text":"Anna","confidence":0.9}]}"#)))
        guard case .entities(let entities) = try ask.outcome.get().value else {
            throw AIError(.invalidResponse, "none")
        }
        #expect(entities.map(\.text) == ["Anna"])
        let settings = try #require(ask.requests.first?.body["generationConfig"])
        #expect(settings["responseMimeType"] == "application/json")
        let schema = try #require(settings["responseSchema"])
        #expect(schema["type"] == "OBJECT" && schema["additionalProperties"] == nil)
        let item = schema["properties"]?["entities"]?["items"]
        #expect(item?["properties"]?["confidence"] == ["type": "NUMBER"])
        #expect(item?["propertyOrdering"] == ["type", "text", "confidence"])
        #expect(item?["additionalProperties"] == nil && item?["required"] == ["type", "text", "confidence"])
    }

    @Test func thoughtsAreOutputAndNoPartOfTheAnswer() async throws {
        var body = try #require(
            Self.answer(
                "",
                usage: [
                    "promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 20,
                    "thoughtsTokenCount": 300, "totalTokenCount": 420,
                ]
            ).object)
        body["candidates"] = [
            [
                "content": [
                    "role": "model", "parts": [["text": "Hm.", "thought": true], ["text": "Hel"], ["text": "lo"]],
                ], "finishReason": "STOP",
            ]
        ]
        let answer = try await Self.ask(.generateText(prompt: "Hi"), .json(.object(body))).outcome.get()
        #expect(answer.value == .text("Hello"))
        #expect(answer.tokens == TokenUsage(input: 100, cachedInput: 60, output: 320, reasoning: 300))
    }

    @Test(arguments: [
        (answer("", finish: "SAFETY"), AIError.Code.contentPolicy),
        (answer("I must", finish: "RECITATION"), .contentPolicy),
        (answer("", finish: "MAX_TOKENS"), .invalidResponse),
        (
            [
                "promptFeedback": ["blockReason": "PROHIBITED_CONTENT"],
                "usageMetadata": ["promptTokenCount": 100, "totalTokenCount": 100],
            ] as JSONValue, .contentPolicy
        ),
        (["usageMetadata": ["promptTokenCount": 100]] as JSONValue, .invalidResponse),
    ])
    func answersWithoutContentAreErrors(body: JSONValue, code: AIError.Code) async throws {
        let error = try #require(try await Self.ask(.generateText(prompt: "Hi"), .json(body)).error)
        #expect(error.code == code)
        #expect(error.tokens?.input ?? 0 > 0 && error.wasSent)
    }

    private static func failure(_ status: String, _ message: String = "", _ details: [JSONValue] = []) -> String {
        let body: JSONValue = [
            "error": ["code": 0, "status": .string(status), "message": .string(message), "details": .array(details)]
        ]
        return body.serialized()
    }

    private static func quota(_ id: String) -> JSONValue {
        [
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [["quotaMetric": "generate_content", "quotaId": .string(id)]],
        ]
    }

    private static let delay: JSONValue = [
        "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s",
    ]

    @Test(arguments: [
        (
            ScriptedServer.Answer.status(
                429,
                body: failure(
                    "RESOURCE_EXHAUSTED",
                    "You exceeded your current quota, please check your plan and billing details.",
                    [quota("GenerateRequestsPerMinutePerProjectPerModel"), delay])), AIError.Code.rateLimited,
            .milliseconds(34_500) as Duration?
        ),
        (
            .status(
                429, body: failure("RESOURCE_EXHAUSTED", "", [quota("GenerateRequestsPerDayPerProjectPerModel")])),
            .quota, nil
        ),
        (
            .status(
                400,
                body: failure(
                    "INVALID_ARGUMENT", "API key not valid.",
                    [["@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"]])), .auth, nil
        ),
        (.status(403, body: failure("PERMISSION_DENIED")), .auth, nil),
        (.status(404, body: failure("NOT_FOUND", "models/x is not found")), .noModel, nil),
        (
            .status(
                400,
                body: failure(
                    "INVALID_ARGUMENT",
                    "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).")),
            .contextTooLong, nil
        ),
        (.status(400, body: failure("INVALID_ARGUMENT", "Unknown name")), .badRequest, nil),
        (.status(500, body: failure("INTERNAL")), .unavailable, nil),
        (.status(503, body: "[" + failure("UNAVAILABLE", "The model is overloaded.") + "]"), .unavailable, nil),
    ])
    func failuresAreClassified(answer: ScriptedServer.Answer, code: AIError.Code, retryAfter: Duration?) async throws {
        let error = try #require(try await Self.ask(.generateText(prompt: "Hi"), answer).error)
        #expect(error.code == code && error.retryAfter == retryAfter)
        #expect(error.wasSent && error.tokens == TokenUsage.none)
    }

    @Test func modelNamesCannotLeaveTheirPlace() async throws {
        let ask = try await ProviderAsk(
            AIRequest(operation: .generateText(prompt: "Hi"), model: "../x?y#z"), [.json(Self.answer("Hi"))]
        ) { server in GeminiProvider(configuration: .init(baseURL: server.address), client: .shared) }
        #expect(ask.requests.first?.path == "/v1/models/..%2Fx%3Fy%23z:generateContent")
    }
}
