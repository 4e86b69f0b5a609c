import JSON
import WorkflowDefinition

/// A URI with `{name}`s (the simple string expansion of RFC 6570), each the verbatim name of a top-level member.
struct URITemplate {
    private let text: String

    init(_ text: String) { self.text = text }

    /// Missing members and null expand to nothing; an array or object is an error. A brace without its other half
    /// stands for itself.
    func expanded(from values: JSONValue) throws(WorkflowError) -> String {
        var result = ""
        var rest = Substring(text)
        while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
            let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
        {
            let name = String(rest[rest.utf8.index(after: open)..<close])
            result += rest[..<open]
            result += Self.encoded(try Self.text(of: values[name], name))
            rest = rest[rest.utf8.index(after: close)...]
        }
        return result + rest
    }

    private static func text(of value: JSONValue?, _ name: String) throws(WorkflowError) -> String {
        switch value {
        case nil, .null?: return ""
        case .string(let text)?: return text
        case .bool?, .integer?, .double?: return value?.serialized() ?? ""
        case .array?, .object?:
            throw WorkflowError(
                .expression,
                detail: "'{\(name)}' in a URI stands for \(value?.typeName ?? "") where a text or number belongs")
        }
    }

    /// Everything but unreserved characters as percent-encoded UTF-8.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
