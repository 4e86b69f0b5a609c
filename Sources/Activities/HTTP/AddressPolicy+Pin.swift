extension AddressPolicy {
    /// The address to connect to for a host, to be pinned for the connection: a name that changes its address in between
    /// (DNS rebinding) gains nothing. Every address of the host must be permitted.
    ///
    /// - Parameter isPlain: of an unencrypted call that wants a rule of the operator, also for public addresses.
    /// - Throws: `ActivityError`: the name has no address, or one that may not be reached.
    package func pin(host: String, port: Int, isPlain: Bool = false) async throws -> IPAddress {
        let addresses = try await HostResolver.addresses(of: host)
        guard let first = addresses.first else {
            throw ActivityError.communication(status: 502, "the name \(host) has no address")
        }
        let isPermitted = addresses.allSatisfy { address in
            isPlain
                ? isAllowed(host: host, port: port, address: address)
                : permits(host: host, port: port, address: address)
        }
        guard isPermitted else {
            throw ActivityError(
                type: "authorization", status: 403, title: "Address not allowed",
                detail: "\(host) is in a private or special network; the operator can allow it with "
                    + "--allow-http \(host):\(port)",
                isRetryable: false
            )
        }
        return first
    }

    /// Whether a rule of the operator names it; a host of a name only where the rule names it too.
    package func isAllowed(host: String, port: Int) -> Bool {
        let address = IPAddress(host) ?? IPAddress(bytes: [])
        return isAllowed(host: host, port: port, address: address)
    }

    private func isAllowed(host: String, port: Int, address: IPAddress) -> Bool {
        allowed.contains { $0.allows(host: host, port: port, address: address) }
    }

    /// The text is an address, of either kind, not a name.
    package static func isAddress(_ host: String) -> Bool { IPAddress(host) != nil }
}
