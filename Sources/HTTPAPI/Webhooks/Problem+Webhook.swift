import HTTPTypes
import JSON
import Webhooks

extension Problem {
    init(_ error: WebhookError) {
        switch error.code {
        case .invalidURL:
            self.init(
                status: .unprocessableContent, code: error.code.rawValue, title: error.title, detail: error.message,
                errors: [["pointer": "/url", "message": .string(error.message)]])
        case .unknownWebhook, .unknownDelivery:
            self.init(status: .notFound, code: error.code.rawValue, title: error.title, detail: error.message)
        case .tooManyWebhooks, .webhookDisabled:
            self.init(status: .conflict, code: error.code.rawValue, title: error.title, detail: error.message)
        }
    }
}
