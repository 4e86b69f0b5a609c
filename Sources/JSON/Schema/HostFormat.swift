/// Host names (RFC 1123), addresses, and mailboxes (RFC 5321).
enum HostFormat {
    static func isHostname(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.allSatisfy({ $0.isDigit || $0.isLetter || $0 == hyphen }),
            label.first != hyphen, label.last != hyphen
        else { return false }
        // Two hyphens in the third and fourth place announce an encoding; "xn" is the only one there is.
        let prefix = String(Substring(label)).lowercased()
        guard label.dropFirst(2).prefix(2).elementsEqual([hyphen, hyphen]) else { return true }
        return prefix.hasPrefix("xn--") && label.count > 4
    }

    static func isIPv4(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy(\.isDigit)
                    && (part.count == 1 || part.first != UInt8(ascii: "0"))
                    && part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
            }
    }

    /// Eight groups, of which `::` stands for one or more; the last two may be an IPv4 address.
    static func isIPv6(_ text: String) -> Bool {
        let halves = split(text, at: "::")
        guard halves.count <= 2 else { return false }
        var count = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            guard let groups = countGroups(half, allowsIPv4: index == halves.count - 1) else { return false }
            count += groups
        }
        return halves.count == 2 ? count <= 7 : count == 8
    }

    private static func countGroups(_ text: Substring, allowsIPv4: Bool) -> Int? {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        var count = 0
        for (index, group) in groups.enumerated() {
            if group.contains(".") {
                guard allowsIPv4, index == groups.count - 1, isIPv4(String(group)) else { return nil }
                count += 2
            } else {
                guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(\.isHexDigit) else { return nil }
                count += 1
            }
        }
        return count
    }

    private static func split(_ text: String, at separator: String) -> [Substring] {
        text.split(separator: separator, omittingEmptySubsequences: false)
    }

    /// `local@domain`; the local part may be quoted, the domain an address in brackets.
    static func isEmail(_ text: String, isInternational: Bool) -> Bool {
        guard isInternational || text.utf8.allSatisfy({ $0 < 0x80 }), let at = text.lastIndex(of: "@") else {
            return false
        }
        let local = text[..<at]
        let domain = String(text[text.index(after: at)...])
        guard (1...64).contains(local.utf8.count), isLocalPart(local) else { return false }
        if domain.hasPrefix("["), domain.hasSuffix("]") {
            let address = String(domain.dropFirst().dropLast())
            let version = "IPv6:"
            return address.lowercased().hasPrefix(version.lowercased())
                ? isIPv6(String(address.dropFirst(version.count))) : isIPv4(address)
        }
        if isInternational, !domain.utf8.allSatisfy({ $0 < 0x80 }) {
            return domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
        }
        return isHostname(domain)
    }

    private static func isLocalPart(_ local: Substring) -> Bool {
        if local.count >= 2, local.hasPrefix("\""), local.hasSuffix("\"") {
            var isEscaped = false
            for byte in local.utf8.dropFirst().dropLast() {
                if byte < 0x20 || byte == 0x7F || !isEscaped && byte == UInt8(ascii: "\"") { return false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            }
            return !isEscaped
        }
        let punctuation = Array("!#$%&'*+/=?^_`{|}~-".utf8)
        return local.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty
                && atom.allSatisfy { $0.isDigit || $0.isLetter || $0 >= 0x80 || punctuation.contains($0) }
        }
    }
}
