package import AsyncHTTPClient

/// Google's Gemini: `generateContent`. A call is one HTTP request, without retries.
package struct GeminiProvider: ChatProvider {
    package static let name = "gemini"

    package struct Configuration: Sendable {
        package static let vendorURL = "https://generativelanguage.googleapis.com/v1beta"

        package var name: String
        /// Up to and without `/models`.
        package var baseURL: String
        package var headers: [String: String]
        /// Longer texts are refused before they cost something.
        package var maximumInputBytes: Int

        package init(
            name: String = GeminiProvider.name, baseURL: String = vendorURL, headers: [String: String] = [:],
            maximumInputBytes: Int = 400_000
        ) {
            self.name = name
            self.baseURL = baseURL
            self.headers = headers
            self.maximumInputBytes = maximumInputBytes
        }
    }

    let configuration: Configuration
    let client: HTTPClient

    /// `client` must not follow redirects: the key would travel with them.
    package init(configuration: Configuration, client: HTTPClient) {
        self.configuration = configuration
        self.client = client
    }

    package var name: String { configuration.name }
    var maximumInputBytes: Int { configuration.maximumInputBytes }
    var hiddenInputTokens: Int { 256 }
}
