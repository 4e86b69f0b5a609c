package import Metrics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension TemporalConnection {
    /// Where the server is and how to be let in.
    package struct Configuration: Sendable {
        package var address: Address
        package var namespace: String
        /// nil: plain text.
        package var tls: TLS?
        /// Secret. Sent as a bearer token.
        package var apiKey: String?
        /// Recorded by the server beside what this process does.
        package var identity: String
        /// Where this connection's calls and the workers on it count; the process's own by default.
        package var metrics: any MetricsFactory = MetricsSystem.factory

        package init(
            address: Address = Address(host: "127.0.0.1", port: 7233), namespace: String = "default", tls: TLS? = nil,
            apiKey: String? = nil, identity: String = Self.processIdentity
        ) {
            self.address = address
            self.namespace = namespace
            self.tls = tls
            self.apiKey = apiKey
            self.identity = identity
        }

        /// `pid@host`, as Temporal's SDKs name themselves.
        package static var processIdentity: String {
            var name = [CChar](repeating: 0, count: 256)
            guard gethostname(&name, name.count - 1) == 0 else { return "\(getpid())@unknown" }
            let host = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return "\(getpid())@\(String(decoding: host, as: UTF8.self))"
        }
    }
}

extension TemporalConnection.Configuration {
    package struct TLS: Sendable {
        package struct ClientIdentity: Sendable {
            package var certificatePath: String
            package var keyPath: String

            package init(certificatePath: String, keyPath: String) {
                self.certificatePath = certificatePath
                self.keyPath = keyPath
            }
        }

        /// The name that the server's certificate must carry; nil: the address's host.
        package var serverName: String?
        /// PEM file of trusted authorities; nil: the system's.
        package var serverCAPath: String?
        package var client: ClientIdentity?

        package init(serverName: String? = nil, serverCAPath: String? = nil, client: ClientIdentity? = nil) {
            self.serverName = serverName
            self.serverCAPath = serverCAPath
            self.client = client
        }
    }

    /// `host:port`, where an IPv6 host stands in brackets.
    package struct Address: Sendable, Hashable, CustomStringConvertible {
        enum Kind { case name, ipv4, ipv6 }

        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// nil when the text is no `host:port`; the port may be left out and is 7233 then.
        package init?(_ text: String) {
            let host: Substring
            var port: Substring?
            if text.hasPrefix("[") {
                guard let end = text.firstIndex(of: "]") else { return nil }
                host = text[text.index(after: text.startIndex)..<end]
                let tail = text[text.index(after: end)...]
                guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
                port = tail.isEmpty ? nil : tail.dropFirst()
            } else {
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count <= 2 else { return nil }
                host = parts[0]
                port = parts.count == 2 ? parts[1] : nil
            }
            guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { return nil }
            guard let number = port.map({ UInt16($0) }) ?? 7233, number > 0 else { return nil }
            self.init(host: String(host), port: Int(number))
        }

        package var description: String { kind == .ipv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

        /// A literal address is not resolved and carries no name for the TLS handshake.
        var kind: Kind {
            var v4 = in_addr()
            var v6 = in6_addr()
            if inet_pton(AF_INET, host, &v4) == 1 { return .ipv4 }
            if inet_pton(AF_INET6, host, &v6) == 1 { return .ipv6 }
            return .name
        }
    }
}

extension TemporalConnection.Configuration: CustomStringConvertible {
    /// Without the API key.
    package var description: String { "\(tls == nil ? "" : "tls://")\(address)/\(namespace)" }
}
