import Crypto
import Foundation

/// The headers of a message in the format of Standard Webhooks 1.0: its id, the time of the attempt, and a signature a
/// key over `id.timestamp.payload`.
enum WebhookSignature {
    static func headers(
        id: String, time: Date, payload: String, keys: [[UInt8]]
    ) -> [(name: String, value: String)] {
        let timestamp = String(Int64(time.timeIntervalSince1970))
        let signed = Data("\(id).\(timestamp).\(payload)".utf8)
        let signatures = keys.map { key in
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
            return "v1," + Data(code).base64EncodedString()
        }
        return [
            ("webhook-id", id), ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
