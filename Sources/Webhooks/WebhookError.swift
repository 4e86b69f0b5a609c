/// Why a request about a webhook cannot be met; the message is safe to show to the tenant.
package struct WebhookError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case invalidURL = "invalid_url"
        case unknownWebhook = "unknown_webhook"
        case unknownDelivery = "unknown_delivery"
        case tooManyWebhooks = "too_many_webhooks"
        case webhookDisabled = "webhook_disabled"
    }

    package var code: Code
    package var title: String
    package var message: String

    init(_ code: Code, _ title: String, _ message: String) {
        self.code = code
        self.title = title
        self.message = message
    }

    package var description: String { message }
}
