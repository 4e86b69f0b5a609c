/// The syntax of URIs (RFC 3986), and of IRIs (RFC 3987) where characters beyond ASCII are allowed.
struct URIFormat {
    let isInternational: Bool

    func isAbsolute(_ text: String) -> Bool { URIReference(text).scheme != nil && isReference(text) }

    func isReference(_ text: String) -> Bool {
        let reference = URIReference(text)
        if let scheme = reference.scheme {
            guard scheme.utf8.first?.isLetter == true,
                scheme.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) })
            else { return false }
        } else if reference.authority == nil, text.hasPrefix(":") {
            return false
        }
        if let authority = reference.authority, !isAuthority(authority) { return false }
        return holds(reference.path, "/:@") && holds(reference.query ?? "", "/:@?")
            && holds(reference.fragment ?? "", "/:@?")
    }

    private func isAuthority(_ text: String) -> Bool {
        var host = Substring(text)
        if let at = host.firstIndex(of: "@") {
            guard holds(String(host[..<at]), ":") else { return false }
            host = host[host.index(after: at)...]
        }
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let address = String(host[host.index(after: host.startIndex)..<end])
            host = host[host.index(after: end)...]
            guard HostFormat.isIPv6(address) || isFutureAddress(address) else { return false }
            guard host.isEmpty || host.hasPrefix(":") else { return false }
            return host.utf8.dropFirst().allSatisfy(\.isDigit)
        }
        if let colon = host.lastIndex(of: ":") {
            guard host[colon...].utf8.dropFirst().allSatisfy(\.isDigit) else { return false }
            host = host[..<colon]
        }
        return holds(String(host), "")
    }

    /// `v1.anything`
    private func isFutureAddress(_ text: String) -> Bool {
        guard let dot = text.firstIndex(of: "."), text.lowercased().hasPrefix("v") else { return false }
        let version = text[..<dot].utf8.dropFirst()
        let rest = String(text[text.index(after: dot)...])
        return !version.isEmpty && version.allSatisfy(\.isHexDigit) && !rest.isEmpty && !rest.contains("%")
            && holds(rest, ":")
    }

    /// Whether a text is of unreserved characters, sub-delimiters, percent escapes and these.
    private func holds(_ text: String, _ more: String) -> Bool {
        let allowed = Array("-._~!$&'()*+,;=".utf8) + Array(more.utf8)
        var bytes = text.utf8[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard bytes.count >= 2, bytes.prefix(2).allSatisfy(\.isHexDigit) else { return false }
                bytes = bytes.dropFirst(2)
            } else if byte >= 0x80 {
                guard isInternational else { return false }
            } else if !byte.isLetter, !byte.isDigit, !allowed.contains(byte) {
                return false
            }
        }
        return true
    }
}
