import AI
import AsyncHTTPClient
import Foundation
import JSON
import Testing

/// The vendors' own Python clients send what our provider sent, and read the same answer: path, body and the headers that
/// matter are theirs.
@Suite(.timeLimit(.minutes(2)))
struct ReferenceClientTests {
    enum Vendor: String, CaseIterable, Sendable {
        case openai, azure, anthropic, gemini

        static let model = "gpt-6-luna"

        func provider(_ server: ScriptedServer) -> any AIProvider {
            switch self {
            case .openai:
                server.provider {
                    $0.organization = "org-1"
                    $0.project = "proj-1"
                }
            case .azure: server.provider { $0.azureAPIVersion = "2026-06-01" }
            case .anthropic: AnthropicProvider(configuration: .init(baseURL: server.address), client: .shared)
            case .gemini:
                GeminiProvider(configuration: .init(baseURL: server.address + "/v1beta"), client: .shared)
            }
        }

        /// Those the vendor reads; the client's own telemetry is not our affair.
        var headers: [String] {
            switch self {
            case .openai: ["authorization", "content-type", "openai-organization", "openai-project"]
            case .azure: ["api-key", "content-type"]
            case .anthropic: ["anthropic-version", "content-type"]
            case .gemini: ["x-goog-api-key", "content-type"]
            }
        }

        /// A whole answer, in the vendor's form: 100 input tokens of which 60 were cached, 320 output tokens of which 300 were
        /// thoughts.
        func answer(_ text: String) -> JSONValue {
            switch self {
            case .openai, .azure:
                [
                    "id": "chatcmpl-1", "object": "chat.completion", "created": 1_795_305_600,
                    "model": .string(Self.model),
                    "choices": [
                        [
                            "index": 0, "finish_reason": "stop", "logprobs": nil,
                            "message": ["role": "assistant", "content": .string(text), "refusal": nil],
                        ]
                    ],
                    "usage": [
                        "prompt_tokens": 100, "completion_tokens": 320, "total_tokens": 420,
                        "prompt_tokens_details": ["cached_tokens": 60, "audio_tokens": 0],
                        "completion_tokens_details": ["reasoning_tokens": 300, "audio_tokens": 0],
                    ],
                ]
            case .anthropic:
                AnthropicProviderTests.message(
                    text,
                    usage: [
                        "input_tokens": 40, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 0,
                        "output_tokens": 320, "output_tokens_details": ["thinking_tokens": 300],
                    ])
            case .gemini:
                GeminiProviderTests.answer(
                    text,
                    usage: [
                        "promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 20,
                        "thoughtsTokenCount": 300, "totalTokenCount": 420,
                    ])
            }
        }
    }

    private static let operations: [(AIOperation, String)] = [
        (.generateText(prompt: "Say hello", system: "Be brief", maxTokens: 50), "Hello."),
        (
            .classify(text: "Invoice 7", categories: ["Contract", "Invoice"]),
            #"{"category":"Invoice","confidence":0.9}"#
        ),
        (.extractEntities(text: "Anna met Bo."), #"{"entities":[{"type":"person","text":"Anna","confidence":0.9}]}"#),
    ]

    @Test(arguments: Vendor.allCases)
    func theVendorsClientSendsTheSame(vendor: Vendor) async throws {
        for (operation, text) in Self.operations {
            try await ScriptedServer.run([.json(vendor.answer(text))]) { server in
                let provider = vendor.provider(server)
                let call = try provider.prepare(AIRequest(operation: operation, model: Vendor.model))
                let answer = try await provider.send(call, key: ScriptedServer.key, deadline: .now + .seconds(10))
                let read = try await Self.client(vendor, server.address, call.body)
                #expect(
                    read == [
                        "text": .string(text), "input": .number(Double(answer.tokens.input)),
                        "output": .number(Double(answer.tokens.output)),
                        "cached": .number(Double(answer.tokens.cachedInput)),
                        "reasoning": .number(Double(answer.tokens.reasoning)),
                    ])
                #expect(answer.tokens == TokenUsage(input: 100, cachedInput: 60, output: 320, reasoning: 300))
                let requests = server.requests
                try #require(requests.count == 2)
                let (ours, theirs) = (requests[0], requests[1])
                #expect(ours.path == theirs.path && ours.query == theirs.query)
                // Google's client leaves this one member in Python's spelling; the vendor's documentation does not.
                let body = theirs.body.serialized().replacing("\"property_ordering\"", with: "\"propertyOrdering\"")
                #expect(ours.body == (try JSONValue(parsing: body)))
                if vendor == .anthropic {
                    // The vendor takes the key either way.
                    #expect(theirs.authorization == ours.headers["x-api-key"].map { "Bearer \($0)" })
                }
                for header in vendor.headers { #expect(ours.headers[header] == theirs.headers[header], "\(header)") }
                #expect(vendor.headers.allSatisfy { ours.headers[$0] != nil })
            }
        }
    }

    /// What the client read out of the answer.
    private static func client(_ vendor: Vendor, _ address: String, _ request: [UInt8]) async throws -> JSONValue {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = root.appending(path: ".venv/bin/python")
        process.arguments = [
            root.appending(path: "Tests/AITests/Python/reference.py").path, vendor.rawValue, address,
            ScriptedServer.key.secret, Vendor.model,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(request))
        try input.fileHandleForWriting.close()
        let data = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: output.fileHandleForReading.readDataToEndOfFile())
            }
        }
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONValue(parsing: Array(data))
    }
}
