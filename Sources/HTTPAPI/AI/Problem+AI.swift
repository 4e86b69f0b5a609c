import AI
import HTTPTypes
import JSON

extension Problem {
    /// `ai_CODE`, with what was tried. 502: a provider answered, and not as it should; 503: nobody can answer now.
    init(_ error: AIError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .budgetExceeded: HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
            case .notEntitled: .forbidden
            case .badRequest, .unsupported, .contextTooLong, .contentPolicy: .unprocessableContent
            case .limited, .rateLimited, .quota: .tooManyRequests
            case .auth, .invalidResponse: .badGateway
            case .unavailable, .ledgerUnavailable, .circuitOpen, .noModel, .unpriced, .cancelled: .serviceUnavailable
            case .timedOut: .gatewayTimeout
            }
        self.init(
            status: status, code: "ai_\(error.code.rawValue)",
            title: "AI \(error.code.rawValue.replacing("_", with: " "))",
            detail: "\(error.message.prefix(1).uppercased())\(error.message.dropFirst()).",
            attempts: error.attempts.map(\.json),
            headers: Self.retryAfter(error).map { [.retryAfter: "\($0)"] } ?? [:])
    }

    /// Seconds, where the same request may succeed then: as long as the provider or the limit asks for, a month at most.
    private static func retryAfter(_ error: AIError) -> Int? {
        let usual: Int? =
            switch error.code {
            case .limited, .ledgerUnavailable, .cancelled: 2
            case .rateLimited, .unavailable, .circuitOpen: 10
            case .quota: 60
            default: nil
            }
        guard let seconds = usual else { return nil }
        guard let asked = error.retryAfter else { return seconds }
        return Int(min(max(1, asked / .seconds(1)), 2_678_400).rounded(.up))
    }
}
