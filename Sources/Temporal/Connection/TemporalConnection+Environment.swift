extension TemporalConnection.Configuration {
    /// Reads the environment names of Temporal's own tools; a name that is absent or empty keeps its default.
    ///
    /// `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY` (secret), `TEMPORAL_TLS` (true or false),
    /// `TEMPORAL_TLS_CLIENT_CERT_PATH` with `TEMPORAL_TLS_CLIENT_KEY_PATH`, `TEMPORAL_TLS_SERVER_CA_CERT_PATH`,
    /// `TEMPORAL_TLS_SERVER_NAME`. An API key or any TLS setting turns TLS on unless `TEMPORAL_TLS` says false.
    package init(environment: [String: String]) throws(TemporalError) {
        func value(_ name: String) -> String? { environment["TEMPORAL_\(name)"].flatMap { $0.isEmpty ? nil : $0 } }
        func invalid(_ message: String) -> TemporalError { TemporalError(.invalidConfiguration, message) }

        self.init()
        if let text = value("ADDRESS") {
            guard let address = Address(text) else {
                throw invalid("TEMPORAL_ADDRESS must be host:port, not \"\(text)\".")
            }
            self.address = address
        }
        if let name = value("NAMESPACE") { namespace = name }
        apiKey = value("API_KEY")

        var settings = TLS(serverName: value("TLS_SERVER_NAME"), serverCAPath: value("TLS_SERVER_CA_CERT_PATH"))
        switch (value("TLS_CLIENT_CERT_PATH"), value("TLS_CLIENT_KEY_PATH")) {
        case (nil, nil): break
        case (let certificate?, let key?): settings.client = .init(certificatePath: certificate, keyPath: key)
        case (_?, nil): throw invalid("TEMPORAL_TLS_CLIENT_CERT_PATH needs TEMPORAL_TLS_CLIENT_KEY_PATH.")
        case (nil, _?): throw invalid("TEMPORAL_TLS_CLIENT_KEY_PATH needs TEMPORAL_TLS_CLIENT_CERT_PATH.")
        }
        let isConfigured = settings.serverName != nil || settings.serverCAPath != nil || settings.client != nil
        switch value("TLS")?.lowercased() {
        case "true", "1": tls = settings
        case "false", "0":
            if isConfigured { throw invalid("TEMPORAL_TLS is false but other TEMPORAL_TLS settings are given.") }
        case nil: tls = isConfigured || apiKey != nil ? settings : nil
        case let text?: throw invalid("TEMPORAL_TLS must be true or false, not \"\(text)\".")
        }
    }
}
