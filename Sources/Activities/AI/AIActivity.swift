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
    private let output: @Sendable (AIResponse) -> JSONObject

    package func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue {
        guard let tier = Tier(rawValue: context.tier) else {
            throw ActivityError.invalidInput("\(context.tier) is no tier")
        }
        let caller = AICaller(
            tenant: context.tenantID, tier: tier, executionID: context.executionID, activityID: context.activityID,
            activityName: profile.name, attempt: context.attempt
        )
        do {
            let response = try await service.perform(operation(input), for: caller)
            var result = output(response)
            result["confidence"] = response.confidence.map { .number($0) }
            result["provider"] = .string(response.provider)
            result["model"] = .string(response.model)
            result["cost_microdollars"] = .integer(response.usage.costMicrodollars)
            return .object(result)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            throw ActivityError(error)
        }
    }
}

extension AIActivity {
    package static func summarize(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.summarize, service: service,
            operation: { .summarize(text: $0.text, maxWords: $0["max_words"]?.integer.map { Int($0) } ?? 200) },
            output: { ["summary": $0.value.json] }
        )
    }

    package static func extractEntities(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.extractEntities, service: service,
            operation: { .extractEntities(text: $0.text) },
            output: { ["entities": $0.value.json] }
        )
    }

    package static func classifyContent(_ service: AIService) -> AIActivity {
        AIActivity(
            profile: StandardCatalog.classifyContent, service: service,
            operation: { .classify(text: $0.text, categories: $0["categories"]?.array?.compactMap(\.string) ?? []) },
            output: { ["category": $0.value.json] }
        )
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
            case .rateLimited, .quota: 429
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
