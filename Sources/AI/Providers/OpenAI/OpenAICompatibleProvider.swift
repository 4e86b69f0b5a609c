package import AsyncHTTPClient

/// OpenAI's chat completions, or any server that speaks them: Azure, Mistral, vLLM, Ollama, llama.cpp, a gateway.
///
/// A call is one HTTP request, without retries. The output limit is always sent, so that a call's cost has a maximum.
package struct OpenAICompatibleProvider: ChatProvider {
    package static let name = "openai"

    package struct Configuration: Sendable {
        package static let vendorURL = "https://api.openai.com/v1"

        /// How a schema for the answer is given.
        package enum StructuredOutput: String, Sendable, CaseIterable {
            /// `response_format` of the type `json_schema`.
            case schema = "json_schema"
            /// `response_format` of the type `json_object`; the schema stands in the instructions.
            case object = "json_object"
            /// In the instructions alone.
            case none
        }

        /// The member that limits the output.
        package enum OutputLimit: String, Sendable, CaseIterable {
            case maxCompletionTokens = "max_completion_tokens"
            /// Mistral, Ollama, llama.cpp and older servers.
            case maxTokens = "max_tokens"
        }

        /// In configuration, ledger and capabilities.
        package var name: String
        /// Up to and without `/chat/completions`; of Azure's deployments, up to and without `/openai`.
        package var baseURL: String
        /// Azure's deployments: models are deployments, and the key travels as `api-key`.
        package var azureAPIVersion: String?
        /// In place of `Authorization: Bearer`, such as `api-key`.
        package var keyHeader: String?
        /// Sent with every request.
        package var headers: [String: String]
        package var organization: String?
        package var project: String?
        package var structuredOutput: StructuredOutput
        package var outputLimit: OutputLimit
        /// Longer texts are refused before they cost something.
        package var maximumInputBytes: Int

        package init(
            name: String = OpenAICompatibleProvider.name, baseURL: String = vendorURL, azureAPIVersion: String? = nil,
            keyHeader: String? = nil, headers: [String: String] = [:], organization: String? = nil,
            project: String? = nil, structuredOutput: StructuredOutput = .schema,
            outputLimit: OutputLimit = .maxCompletionTokens, maximumInputBytes: Int = 400_000
        ) {
            self.name = name
            self.baseURL = baseURL
            self.azureAPIVersion = azureAPIVersion
            self.keyHeader = keyHeader
            self.headers = headers
            self.organization = organization
            self.project = project
            self.structuredOutput = structuredOutput
            self.outputLimit = outputLimit
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
    /// The schema, which vendors put before the model in words of their own, is counted with the body; this is the rest.
    var hiddenInputTokens: Int { 256 }
}
