#if canImport(Glibc)
    import Glibc
#endif

/// Which addresses a tenant's HTTP call may reach: the public internet, and what the operator allows besides.
///
/// Private, loopback, link-local and otherwise special networks (IANA special-purpose registries) are refused, also where
/// they hide inside an IPv6 address, so that a workflow cannot reach the service's own surroundings.
package struct AddressPolicy: Sendable {
    /// `host`, `host:port`, `address`, `address:port` or a CIDR block (`10.1.0.0/16`).
    package struct Rule: Sendable, Hashable {
        var host: String
        var port: Int?
        var block: AddressBlock?

        /// - Returns: nil where the text is none of the forms.
        package init?(_ text: String) {
            let text = text.trimmingBlanks().lowercased()
            guard !text.isEmpty else { return nil }
            if text.contains("/") {
                guard let block = AddressBlock(text) else { return nil }
                self.init(host: "", port: nil, block: block)
                return
            }
            // A bare IPv6 address has more than one colon; with a port it stands in brackets.
            let colons = text.filter { $0 == ":" }.count
            if text.hasPrefix("[") {
                guard let end = text.firstIndex(of: "]") else { return nil }
                let rest = text[text.index(after: end)...]
                guard rest.isEmpty || rest.hasPrefix(":"), rest.isEmpty || Int(rest.dropFirst()) != nil else {
                    return nil
                }
                self.init(
                    host: String(text[text.index(after: text.startIndex)..<end]), port: Int(rest.dropFirst()),
                    block: nil)
            } else if colons == 1, let colon = text.firstIndex(of: ":") {
                guard let port = Int(text[text.index(after: colon)...]) else { return nil }
                self.init(host: String(text[..<colon]), port: port, block: nil)
            } else {
                self.init(host: text, port: nil, block: nil)
            }
        }

        private init(host: String, port: Int?, block: AddressBlock?) {
            self.host = host
            self.port = port
            self.block = block
        }

        func allows(host: String, port: Int, address: IPAddress) -> Bool {
            if let block { return block.contains(address) }
            return self.host == host.lowercased() && (self.port == nil || self.port == port)
        }
    }

    package var allowed: [Rule]
    package init(allowed: [Rule] = []) { self.allowed = allowed }

    /// Whether a literal address may be reached; false for text that is no address.
    package func permits(host: String, port: Int, address text: String) -> Bool {
        IPAddress(text).map { permits(host: host, port: port, address: $0) } ?? false
    }

    func permits(host: String, port: Int, address: IPAddress) -> Bool {
        !address.isSpecial || allowed.contains { $0.allows(host: host, port: port, address: address) }
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// A range of addresses: `10.0.0.0/8`, `fc00::/7`.
package struct AddressBlock: Sendable, Hashable {
    private var prefix: IPAddress
    private var length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...address.bytes.count * 8).contains(length)
        else { return nil }
        self.prefix = address
        self.length = length
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.bytes.count else { return false }
        for bit in 0..<length {
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            if address.bytes[bit / 8] & mask != prefix.bytes[bit / 8] & mask { return false }
        }
        return true
    }
}

/// An IPv4 (4 bytes) or IPv6 (16 bytes) address in network order.
package struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = withUnsafeBytes(of: v4) { [UInt8]($0) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = withUnsafeBytes(of: v6) { [UInt8]($0) }
        } else {
            return nil
        }
    }

    /// Not reachable on the public internet, or not for one party alone.
    var isSpecial: Bool {
        if let embedded { return embedded.isSpecial }
        return Self.specialBlocks.contains { $0.contains(self) }
    }

    /// The IPv4 address inside a mapped, translated (NAT64) or 6to4 address.
    private var embedded: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if bytes.starts(with: mapped) || bytes.starts(with: translated) { return IPAddress(bytes: Array(bytes[12...])) }
        if bytes.starts(with: [0x20, 0x02]) { return IPAddress(bytes: Array(bytes[2..<6])) }
        return nil
    }

    private static let specialBlocks: [AddressBlock] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap(AddressBlock.init)

    package var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        inet_ntop(family, bytes, &buffer, socklen_t(buffer.count))
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
