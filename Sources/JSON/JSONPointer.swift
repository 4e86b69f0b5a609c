/// A position in a JSON document (RFC 6901), kept as its text.
package struct JSONPointer: Sendable {
    /// Empty for the whole document, else `/token/token…` with `~0` for `~` and `~1` for `/`.
    package let description: String

    private init(verified text: String) { description = text }

    /// The whole document.
    package static let root = JSONPointer(verified: "")

    /// Nil when the text is no pointer: it has to be empty or start with `/`, and `~` has to be followed by 0 or 1.
    package init?(_ text: String) {
        guard text.isEmpty || text.utf8.first == UInt8(ascii: "/") else { return nil }
        var afterTilde = false
        for byte in text.utf8 {
            if afterTilde, byte != UInt8(ascii: "0"), byte != UInt8(ascii: "1") { return nil }
            afterTilde = byte == UInt8(ascii: "~")
        }
        guard !afterTilde else { return nil }
        self.init(verified: text)
    }

    package init(tokens: some Sequence<String>) {
        self.init(verified: tokens.reduce(into: "") { $0 += "/" + Self.escaped($1) })
    }

    package var isRoot: Bool { description.isEmpty }

    /// The unescaped reference tokens.
    package var tokens: [String] {
        guard !isRoot else { return [] }
        return description.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Self.unescaped)
    }

    /// The last token, unescaped; nil at the root.
    package var lastToken: String? {
        description.utf8.lastIndex(of: UInt8(ascii: "/")).map { Self.unescaped(description.utf8[$0...].dropFirst()) }
    }

    /// The pointer without its last token; nil at the root.
    package var parent: JSONPointer? {
        description.utf8.lastIndex(of: UInt8(ascii: "/")).map { JSONPointer(verified: String(description[..<$0])) }
    }

    package func appending(_ key: String) -> JSONPointer {
        JSONPointer(verified: description + "/" + Self.escaped(key))
    }

    package func appending(_ index: Int) -> JSONPointer {
        JSONPointer(verified: description + "/" + String(index))
    }

    package func appending(_ other: JSONPointer) -> JSONPointer {
        JSONPointer(verified: description + other.description)
    }

    /// Whether this is `other` or an ancestor of it.
    package func contains(_ other: JSONPointer) -> Bool {
        let own = description.utf8
        guard other.description.utf8.starts(with: own) else { return false }
        let rest = other.description.utf8.dropFirst(own.count)
        return rest.isEmpty || rest.first == UInt8(ascii: "/")
    }

    private static func escaped(_ token: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return token }
        var bytes: [UInt8] = []
        for byte in token.utf8 {
            switch byte {
            case UInt8(ascii: "~"): bytes += Array("~0".utf8)
            case UInt8(ascii: "/"): bytes += Array("~1".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ token: Substring.UTF8View) -> String {
        guard token.contains(UInt8(ascii: "~")) else { return String(Substring(token)) }
        var bytes: [UInt8] = []
        var afterTilde = false
        for byte in token {
            if afterTilde {
                bytes.append(byte == UInt8(ascii: "0") ? UInt8(ascii: "~") : UInt8(ascii: "/"))
                afterTilde = false
            } else if byte == UInt8(ascii: "~") {
                afterTilde = true
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONPointer: Hashable, Comparable {
    package static func == (left: JSONPointer, right: JSONPointer) -> Bool {
        left.description.hasSameBytes(as: right.description)
    }
    package static func < (left: JSONPointer, right: JSONPointer) -> Bool {
        left.description.precedesByBytes(right.description)
    }
    package func hash(into hasher: inout Hasher) { description.hashBytes(into: &hasher) }
}

extension JSONPointer: CustomStringConvertible, ExpressibleByStringLiteral {
    /// A literal that is no pointer is a mistake in our own source, and stops the program.
    package init(stringLiteral text: StaticString) {
        guard let pointer = JSONPointer(String(describing: text)) else {
            preconditionFailure("not a JSON Pointer: \(text)")
        }
        self = pointer
    }
}

extension JSONPointer: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let pointer = JSONPointer(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a JSON Pointer")
        }
        self = pointer
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension JSONValue {
    /// The value at a pointer; nil where the document has none. An index has no sign and no leading zero.
    package subscript(pointer: JSONPointer) -> JSONValue? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let array):
                guard let index = Int(token), String(index) == token, array.indices.contains(index) else { return nil }
                value = array[index]
            default: return nil
            }
        }
        return value
    }
}
