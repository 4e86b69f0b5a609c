import Foundation
import JSON

extension JSONValue {
    /// The value in YAML's block style; a reader of YAML 1.2 gets the same value back.
    var yaml: String {
        var text = ""
        write(indent: 0, isInline: false, into: &text)
        return text
    }

    /// - Parameter isInline: whether a hyphen or a key stands before on the line.
    private func write(indent: Int, isInline: Bool, into text: inout String) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .object(let members) where !members.isEmpty:
            if isInline { text += "\n" }
            for (key, value) in members {
                text += margin + Self.scalar(key) + ":"
                value.write(indent: indent + 2, isInline: true, into: &text)
            }
        case .array(let items) where !items.isEmpty:
            if isInline { text += "\n" }
            for item in items {
                text += margin + "-"
                if case .object(let members) = item, !members.isEmpty {
                    // The first member stands beside the hyphen.
                    var inner = ""
                    item.write(indent: indent + 2, isInline: false, into: &inner)
                    text += " " + inner.dropFirst(indent + 2)
                } else {
                    item.write(indent: indent + 2, isInline: true, into: &text)
                }
            }
        case .string(let value): text += (isInline ? " " : "") + Self.scalar(value) + "\n"
        default: text += (isInline ? " " : "") + serialized() + "\n"
        }
    }

    /// Plain where it can be nothing but this text, else as JSON writes it, which YAML reads too.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: /[A-Za-z\/_][A-Za-z0-9_.\/@+\-]*/) != nil
        let isWord = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return isPlain && !isWord ? text : JSONValue.string(text).serialized()
    }
}
