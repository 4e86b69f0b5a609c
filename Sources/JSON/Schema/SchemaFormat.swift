/// A `format` and its check; one that we do not know accepts everything, as the specification asks.
struct SchemaFormat: Sendable {
    let name: String
    let accepts: @Sendable (String) -> Bool

    init(_ name: String) {
        self.name = name
        accepts = Self.known[name] ?? { _ in true }
    }

    private static let known: [String: @Sendable (String) -> Bool] = [
        "date-time": DateTimeFormat.isDateTime, "date": DateTimeFormat.isDate, "time": DateTimeFormat.isTime,
        "duration": DateTimeFormat.isDuration,
        "email": { HostFormat.isEmail($0, isInternational: false) },
        "idn-email": { HostFormat.isEmail($0, isInternational: true) },
        "hostname": HostFormat.isHostname, "ipv4": HostFormat.isIPv4, "ipv6": HostFormat.isIPv6,
        "uri": { URIFormat(isInternational: false).isAbsolute($0) },
        "uri-reference": { URIFormat(isInternational: false).isReference($0) },
        "iri": { URIFormat(isInternational: true).isAbsolute($0) },
        "iri-reference": { URIFormat(isInternational: true).isReference($0) },
        "uri-template": URITemplateFormat.isTemplate, "uuid": isUUID, "json-pointer": { JSONPointer($0) != nil },
        "relative-json-pointer": isRelativePointer,
        "regex": { (try? RegularExpression(ecmaScript: $0)) != nil },
    ]

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy(\.isHexDigit)
    }

    /// How many levels up, then `#` or a pointer from there.
    private static func isRelativePointer(_ text: String) -> Bool {
        let levels = text.utf8.prefix(while: \.isDigit)
        guard !levels.isEmpty, levels.count == 1 || levels.first != UInt8(ascii: "0") else { return false }
        let rest = String(text.utf8.dropFirst(levels.count)) ?? "?"
        return rest == "#" || JSONPointer(rest) != nil
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
    var isHexDigit: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }
}
