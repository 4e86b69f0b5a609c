import Temporal
import Testing

@Suite struct ConfigurationTests {
    typealias Configuration = TemporalConnection.Configuration
    typealias Address = Configuration.Address

    @Test(arguments: [
        ("localhost:7233", Address(host: "localhost", port: 7233)),
        ("temporal", Address(host: "temporal", port: 7233)),
        ("127.0.0.1:80", Address(host: "127.0.0.1", port: 80)),
        ("[::1]:7234", Address(host: "::1", port: 7234)),
        ("[::1]", Address(host: "::1", port: 7233)),
        ("ns.a2dd6.tmprl.cloud:7233", Address(host: "ns.a2dd6.tmprl.cloud", port: 7233)),
    ])
    func addressIsReadAndPrinted(text: String, address: Address) {
        #expect(Address(text) == address)
        #expect(Address(address.description) == address)
    }

    @Test(arguments: [
        "", ":7233", "host:", "host:0", "host:65536", "host:x", "host:-1", "::1", "[::1", "[::1]7233", "http://host:1",
        "a b:1",
    ])
    func malformedAddressIsRefused(text: String) {
        #expect(Address(text) == nil)
    }

    @Test func emptyEnvironmentKeepsDefaults() throws {
        let configuration = try Configuration(environment: ["TEMPORAL_ADDRESS": "", "OTHER": "x"])
        #expect(configuration.address == Address(host: "127.0.0.1", port: 7233))
        #expect(configuration.namespace == "default")
        #expect(configuration.tls == nil)
        #expect(configuration.apiKey == nil)
        #expect(configuration.identity.contains("@"))
    }

    @Test func everyNameIsRead() throws {
        let configuration = try Configuration(environment: [
            "TEMPORAL_ADDRESS": "host:1", "TEMPORAL_NAMESPACE": "space", "TEMPORAL_API_KEY": "secret",
            "TEMPORAL_TLS": "TRUE", "TEMPORAL_TLS_CLIENT_CERT_PATH": "/c", "TEMPORAL_TLS_CLIENT_KEY_PATH": "/k",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/ca", "TEMPORAL_TLS_SERVER_NAME": "name",
        ])
        #expect(configuration.address == Address(host: "host", port: 1))
        #expect(configuration.namespace == "space")
        #expect(configuration.apiKey == "secret")
        #expect(configuration.tls?.client?.certificatePath == "/c")
        #expect(configuration.tls?.client?.keyPath == "/k")
        #expect(configuration.tls?.serverCAPath == "/ca")
        #expect(configuration.tls?.serverName == "name")
        #expect(!"\(configuration)".contains("secret"))
    }

    @Test(arguments: [
        (["TEMPORAL_API_KEY": "k"], true),
        (["TEMPORAL_API_KEY": "k", "TEMPORAL_TLS": "false"], false),
        (["TEMPORAL_TLS_SERVER_NAME": "n"], true),
        (["TEMPORAL_TLS": "1"], true),
        (["TEMPORAL_TLS": "0"], false),
    ])
    func keyOrTLSSettingTurnsTLSOn(environment: [String: String], isOn: Bool) throws {
        #expect(try (Configuration(environment: environment).tls != nil) == isOn)
    }

    @Test(arguments: [
        ["TEMPORAL_TLS_CLIENT_CERT_PATH": "/c"],
        ["TEMPORAL_TLS_CLIENT_KEY_PATH": "/k"],
        ["TEMPORAL_TLS": "maybe"],
        ["TEMPORAL_TLS": "false", "TEMPORAL_TLS_SERVER_NAME": "n"],
        ["TEMPORAL_ADDRESS": "host:port"],
    ])
    func halfGivenOrMalformedSettingIsNamed(environment: [String: String]) throws {
        let error = try #require(throws: TemporalError.self) { try Configuration(environment: environment) }
        #expect(error.code == .invalidConfiguration)
        #expect(environment.keys.contains { error.message.contains($0) })
    }

    @Test func missingCertificateFileFailsBeforeAnyCall() throws {
        let tls = Configuration.TLS(client: .init(certificatePath: "/nowhere.pem", keyPath: "/nowhere.key"))
        let error = try #require(throws: TemporalError.self) { try TemporalConnection(Configuration(tls: tls)) }
        #expect(error.code == .invalidConfiguration)
    }
}
