package import AI
package import JSON
import Storage

/// An AI activity: one operation of the AI service on behalf of the execution's tenant.
///
/// Failures keep their code as the error's type, so that the enhancement point can say why it fell back.
package struct AIActivity: Activity {
    package let profile: ActivityProfile
    private let service: AIService
    private let operation: @Sendable (JSONValue) -> AIOperation
    /// The member of the result that holds the operation's value.
    private let output: String

    package func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue {
        guard let tier = Tier(rawValue: context.tier) else {
            throw ActivityError.invalidInput("\(context.tier) is no tier")
        }
        let caller = AICaller(
            tenant: context.tenantID, tier: tier, executionID: context.executionID, activityID: context.activityID,
            activityName: profile.name, attempt: context.attempt, template: context.template,
            templateVersion: context.templateVersion, enhancementPoint: context.enhancementPoint,
            limits: context.aiLimits)
        // What was made with a secret is nobody else's.
        let isShared = input["cache"]?.bool != false && !context.carriesSecrets
        do {
            let response = try await service.perform(
                operation(input), for: caller,
                AICallOptions(cache: isShared ? .use : .bypass, isRecorded: !context.carriesSecrets))
            return document(response)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            // Waited for, as whoever runs activities waits for the database.
            if error.code == .ledgerUnavailable { throw StorageError(.unavailable, error.message) }
            throw ActivityError(error)
        }
    }

    /// `{VALUE, confidence, provider, model, cached, cost_microdollars, tokens}`.
    private func document(_ response: AIResponse) -> JSONValue {
        [
            output: response.value.json, "confidence": response.confidence.map { .number($0) } ?? .null,
            "provider": .string(response.provider), "model": .string(response.model),
            "cached": .bool(response.source != .provider),
            "cost_microdollars": .integer(response.usage.costMicrodollars),
            "tokens": [
                "input": .integer(Int64(response.usage.inputTokens)),
                "output": .integer(Int64(response.usage.outputTokens)),
                "estimated": .bool(response.usage.tokensEstimated),
            ],
        ]
    }
}

extension AIActivity {
    /// The six of the AI pool; sending times need no provider.
    package static func all(_ service: AIService) -> [any Activity] {
        [
            generateText(service), summarize(service), extractEntities(service), classifyContent(service),
            personalizeContent(service), OptimizeTimingActivity(),
        ]
    }

    /// What `data` holds is kept apart from the prompt: texts of users can be spoken about without giving orders.
    package static func generateText(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.generateText, service: service,
            operation: { input in
                var prompt = input["prompt"]?.string ?? ""
                var system = input["system"]?.string
                if let data = input["data"], !data.isNull {
                    let fence = Fence(data.string ?? data.serialized())
                    system = [system, fence.rule].compactMap(\.self).joined(separator: "\n")
                    prompt += "\n\n" + fence.text
                }
                return .generateText(
                    prompt: prompt, system: system,
                    maxTokens: input["max_tokens"]?.integer.map { Int($0) } ?? AIOperation.usualTokens)
            },
            output: "text")
    }

    package static func summarize(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.summarize, service: service,
            operation: {
                .summarize(
                    text: $0.text, maxWords: $0["max_words"]?.integer.map { Int($0) } ?? AIOperation.usualWords)
            },
            output: "summary")
    }

    package static func extractEntities(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.extractEntities, service: service,
            operation: { .extractEntities(text: $0.text) }, output: "entities")
    }

    package static func classifyContent(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.classifyContent, service: service,
            operation: { input in
                let examples = (input["examples"]?.array ?? []).compactMap { example in
                    example["category"]?.string.map { AIOperation.Example(text: example.text, category: $0) }
                }
                return .classify(
                    text: input.text, categories: input["categories"]?.array?.compactMap(\.string) ?? [],
                    examples: examples)
            },
            output: "category")
    }

    package static func personalizeContent(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.personalizeContent, service: service,
            operation: {
                .personalize(
                    template: $0["template"]?.string ?? "", profile: $0["profile"] ?? [:],
                    instructions: $0["instructions"]?.string)
            },
            output: "content")
    }
}

extension JSONValue {
    fileprivate var text: String { self["text"]?.string ?? "" }
}

extension ActivityError {
    /// The AI service has tried every model and provider that the tier allows before it gives up, so a failure that lies
    /// with them is not worth another attempt: the fallback is.
    init(_ error: AIError) {
        let status =
            switch error.code {
            case .notEntitled: 403
            case .rateLimited, .quota, .limited, .budgetExceeded: 429
            case .timedOut: 408
            case .badRequest, .unsupported, .contextTooLong, .contentPolicy: 422
            default: 502
            }
        self.init(
            type: error.code.rawValue, status: status, title: "AI \(error.code.rawValue.replacing("_", with: " "))",
            detail: error.message, isRetryable: false, retryAfter: error.retryAfter
        )
    }
}
