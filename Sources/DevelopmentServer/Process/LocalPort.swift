#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// TCP ports of 127.0.0.1.
package enum LocalPort {
    /// A port that nobody listens on at this moment.
    package static func anyFree() -> Int? { bound(to: 0) }

    package static func isFree(_ port: Int) -> Bool { bound(to: port) != nil }

    /// Whether somebody accepts connections there. Blocks for microseconds: the loopback interface answers at once.
    package static func accepts(_ port: Int) -> Bool {
        guard let address = address(port) else { return false }
        return withSocket { socket in
            withAddress(address) { connect(socket, $0, $1) } == 0
        } ?? false
    }

    private static func bound(to port: Int) -> Int? {
        guard var address = address(port) else { return nil }
        return withSocket { socket in
            // As servers do it: a port in TIME_WAIT counts as free, one with a listener does not.
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            guard withAddress(address, { bind(socket, $0, $1) }) == 0, listen(socket, 1) == 0 else { return nil }
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let named = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
            }
            return named == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
        } ?? nil
    }

    private static func address(_ port: Int) -> sockaddr_in? {
        guard let port = UInt16(exactly: port) else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func withAddress(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private static func withSocket<Result>(_ body: (Int32) -> Result) -> Result? {
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        let socket = socket(AF_INET, type, 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        return body(socket)
    }
}
