import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Names to addresses, off the cooperative threads because the C resolver blocks.
enum HostResolver {
    static func addresses(of host: String) async throws -> [IPAddress] {
        if let literal = IPAddress(host) { return [literal] }
        return try await NIOThreadPool.singleton.runIfActive { try resolve(host) }
    }

    private static func resolve(_ host: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            throw ActivityError(
                type: "communication", status: 502, title: "Host not found",
                detail: "the name \(host) cannot be resolved: \(String(cString: gai_strerror(status)))",
                isRetryable: false
            )
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(of: entry), !addresses.contains(address) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses
    }

    private static func address(of entry: addrinfo) -> IPAddress? {
        switch entry.ai_family {
        case AF_INET:
            entry.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { socket in
                IPAddress(bytes: withUnsafeBytes(of: socket.pointee.sin_addr) { [UInt8]($0) })
            }
        case AF_INET6:
            entry.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
                IPAddress(bytes: withUnsafeBytes(of: socket.pointee.sin6_addr) { [UInt8]($0) })
            }
        default: nil
        }
    }
}
