package import Activities
import Foundation

/// Where a webhook is told: an absolute URL over https, or over http where the operator allows the host.
package struct WebhookURL: Sendable {
    package let text: String
    let host: String
    let port: Int
    let isPlain: Bool

    /// - Throws: `invalidURL`, which says what would be right. A name's addresses are looked at when it is told.
    package init(_ text: String, policy: AddressPolicy) throws(WebhookError) {
        guard text.utf8.count <= 2000, let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            let bracketed = url.host, !bracketed.isEmpty
        else { throw Self.invalid("it must be an absolute URL such as https://example.com/hooks") }
        host = bracketed.hasPrefix("[") ? String(bracketed.dropFirst().dropLast()) : bracketed
        guard scheme == "https" || scheme == "http" else {
            throw Self.invalid("its scheme must be https, not \(scheme.prefix(20))")
        }
        isPlain = scheme == "http"
        let port = url.port ?? (isPlain ? 80 : 443)
        guard (1...65535).contains(port) else { throw Self.invalid("a port is a number from 1 to 65535") }
        self.port = port
        self.text = text
        guard url.user == nil, url.password == nil else {
            throw Self.invalid("it must hold no user and no password: messages are signed")
        }
        guard url.fragment == nil else { throw Self.invalid("it must have no fragment (#…)") }
        if isPlain, !policy.isAllowed(host: host, port: port) {
            throw Self.invalid(
                "it must begin with https://; the operator can allow http with --allow-http \(host):\(port)")
        }
        if AddressPolicy.isAddress(host), !policy.permits(host: host, port: port, address: host) {
            throw Self.invalid(
                "\(host) is in a private or special network; the operator can allow it with --allow-http \(host):\(port)"
            )
        }
    }

    private static func invalid(_ why: String) -> WebhookError {
        WebhookError(.invalidURL, "Invalid URL", "The url cannot be used: \(why).")
    }
}
