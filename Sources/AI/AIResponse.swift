package import JSON

/// What an operation answers; the case belongs to the operation asked.
package enum AIValue: Sendable, Hashable {
    case text(String)
    case summary(String)
    /// The category exactly as the caller wrote it; nil is "unsure".
    case category(String?)
    /// In document order, without overlaps.
    case entities([Entity])

    /// As the API and activities return it: a text, a category or `"unsure"`, or an array of entities.
    package var json: JSONValue {
        switch self {
        case .text(let text), .summary(let text): .string(text)
        case .category(let category): .string(category ?? "unsure")
        case .entities(let entities): .array(entities.map(\.json))
        }
    }
}

/// Something named in a text.
package struct Entity: Sendable, Hashable {
    /// email, url, phone, money, date, iban, card, person, organization; other providers may know more.
    package var type: String
    /// As found in the source, except that a card number shows its last four digits only.
    package var text: String
    /// The place in the source, `start..<end`, counted in **Unicode scalars** (not bytes, UTF-16 units or graphemes),
    /// so that Python's `text[start:end]` and Swift's `unicodeScalars` agree.
    package var start: Int
    package var end: Int
    /// From 0 to 1.
    package var confidence: Double

    package init(type: String, text: String, start: Int, end: Int, confidence: Double) {
        self.type = type
        self.text = text
        self.start = start
        self.end = end
        self.confidence = confidence
    }

    package var json: JSONValue {
        [
            "type": .string(type), "text": .string(text), "start": .integer(Int64(start)), "end": .integer(Int64(end)),
            "confidence": .number(confidence),
        ]
    }
}

/// What provider calls took.
package struct AIUsage: Sendable, Hashable {
    package var inputTokens: Int
    package var outputTokens: Int
    /// The provider did not report tokens; these are counted from the texts.
    package var tokensEstimated: Bool
    /// Millionths of a dollar, rounded up.
    package var costMicrodollars: Int64

    package init(inputTokens: Int, outputTokens: Int, tokensEstimated: Bool, costMicrodollars: Int64) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.tokensEstimated = tokensEstimated
        self.costMicrodollars = costMicrodollars
    }

    package static let none = AIUsage(inputTokens: 0, outputTokens: 0, tokensEstimated: false, costMicrodollars: 0)

    static func += (sum: inout AIUsage, usage: AIUsage) {
        sum.inputTokens += usage.inputTokens
        sum.outputTokens += usage.outputTokens
        sum.tokensEstimated = sum.tokensEstimated || usage.tokensEstimated
        sum.costMicrodollars += usage.costMicrodollars
    }
}

/// What became of one model that was asked, or passed over.
package struct AIAttempt: Sendable, Hashable {
    package var provider: String
    package var model: String
    /// `ok`, `cached`, `recorded`, or the error's code.
    package var outcome: String
    package var latency: Duration
    package var costMicrodollars: Int64

    package init(
        provider: String, model: String, outcome: String, latency: Duration = .zero, costMicrodollars: Int64 = 0
    ) {
        self.provider = provider
        self.model = model
        self.outcome = outcome
        self.latency = latency
        self.costMicrodollars = costMicrodollars
    }

    package var json: JSONValue {
        [
            "provider": .string(provider), "model": .string(model), "outcome": .string(outcome),
            "latency_ms": .number(latency.milliseconds), "cost_microdollars": .integer(costMicrodollars),
        ]
    }
}

/// An answer, and what it took.
package struct AIResponse: Sendable, Hashable {
    package enum Source: String, Sendable, Hashable {
        case provider
        /// From the cache: nothing was paid.
        case cache
        /// An earlier attempt of the same activity had paid for it.
        case ledger
    }

    package var value: AIValue
    package var provider: String
    package var model: String
    package var source: Source
    /// The sum over all calls made for the operation, failed ones included.
    package var usage: AIUsage
    /// From 0 to 1; nil where the provider gives none.
    package var confidence: Double?
    /// From the asking to the answer, waits and failed calls included.
    package var latency: Duration
    /// A preferred model could not answer, another did.
    package var usedFailover: Bool
    /// In order.
    package var attempts: [AIAttempt]
    /// How many requests shared the provider's call.
    package var batchSize: Int

    package init(
        value: AIValue, provider: String, model: String, source: Source = .provider, usage: AIUsage = .none,
        confidence: Double? = nil, latency: Duration = .zero, usedFailover: Bool = false, attempts: [AIAttempt] = [],
        batchSize: Int = 1
    ) {
        self.value = value
        self.provider = provider
        self.model = model
        self.source = source
        self.usage = usage
        self.confidence = confidence
        self.latency = latency
        self.usedFailover = usedFailover
        self.attempts = attempts
        self.batchSize = batchSize
    }
}

extension Duration {
    /// To the microsecond.
    var milliseconds: Double { ((self / .microseconds(1)).rounded()) / 1000 }
}

extension AIResponse {
    package var json: JSONValue {
        [
            "value": value.json, "confidence": confidence.map { .number($0) } ?? .null, "provider": .string(provider),
            "model": .string(model), "source": .string(source.rawValue), "cached": .bool(source != .provider),
            "failover": .bool(usedFailover), "batch_size": .integer(Int64(batchSize)),
            "tokens": [
                "input": .integer(Int64(usage.inputTokens)), "output": .integer(Int64(usage.outputTokens)),
                "estimated": .bool(usage.tokensEstimated),
            ],
            "cost_microdollars": .integer(usage.costMicrodollars), "latency_ms": .number(latency.milliseconds),
            "attempts": .array(attempts.map(\.json)),
        ]
    }
}
