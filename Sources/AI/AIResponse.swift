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

/// What one provider call took.
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
}

/// An answer, and what it took.
package struct AIResponse: Sendable, Hashable {
    package var value: AIValue
    package var provider: String
    package var model: String
    /// The sum over all calls made for the operation, failed ones included.
    package var usage: AIUsage
    /// From 0 to 1; nil where the provider gives none.
    package var confidence: Double?
    package var latency: Duration
    /// A preferred model could not answer, another did.
    package var usedFailover: Bool

    package init(
        value: AIValue, provider: String, model: String, usage: AIUsage, confidence: Double? = nil,
        latency: Duration = .zero,
        usedFailover: Bool = false
    ) {
        self.value = value
        self.provider = provider
        self.model = model
        self.usage = usage
        self.confidence = confidence
        self.latency = latency
        self.usedFailover = usedFailover
    }
}
