/// Translates a pattern of ECMA-262 (Unicode mode, as JSON Schema asks for) into PCRE2's dialect.
///
/// What only PCRE2 knows is refused, so that a schema does not come to depend on it. Escapes of punctuation that
/// needs none are let through, because schemas in the wild have them.
struct ECMAScriptPattern {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var output = ""
    private var isInClass = false

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    /// Spaces beyond ASCII that `\s` matches.
    private static let spaces =
        #"\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}"#

    mutating func translated() throws(RegularExpressionError) -> String {
        while let scalar = next() {
            switch scalar {
            case "\\": try translateEscape()
            case "[" where isInClass: output += "\\["
            case "[":
                isInClass = true
                output += "["
                switch peek() {
                case "^": copyNext()
                // Not the start of a POSIX class.
                case ":", ".", "=": output += "\\"
                default: break
                }
            case "]":
                output += isInClass ? "]" : "\\]"
                isInClass = false
            case "." where !isInClass: output += #"[^\n\r\x{2028}\x{2029}]"#
            case "(" where !isInClass:
                output += "("
                try translateGroup()
            case "*" where !isInClass, "+" where !isInClass, "?" where !isInClass, "}" where !isInClass:
                output.unicodeScalars.append(scalar)
                if peek() == "+" { throw error("nothing to repeat before \"+\"") }
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        defer { position += 1 }
        return peek()
    }

    private mutating func copyNext() {
        if let scalar = next() { output.unicodeScalars.append(scalar) }
    }

    private func error(_ message: String) -> RegularExpressionError {
        let bytes = scalars.prefix(position).reduce(0) { $0 + UTF8.width($1) }
        return RegularExpressionError(kind: .syntax, message: message, offset: bytes)
    }

    /// After `(`: only the groups that ECMA-262 has.
    private mutating func translateGroup() throws(RegularExpressionError) {
        if peek() == "*" { throw error("nothing to repeat before \"*\"") }
        guard peek() == "?" else { return }
        copyNext()
        switch peek() {
        case ":", "=", "!", "<": copyNext()
        default: throw error("a group starts with (?: (?= (?! (?<= (?<! or (?<name>")
        }
    }

    private mutating func translateEscape() throws(RegularExpressionError) {
        guard let scalar = next() else { throw error("a backslash ends the pattern") }
        switch scalar {
        case "s": output += isInClass ? "\\s" + Self.spaces : "[\\s" + Self.spaces + "]"
        case "S": output += isInClass ? "\\S" : "[^\\s" + Self.spaces + "]"
        case "v": output += "\\x0B"
        case "0": output += "\\x00"
        case "u": try translateUnicodeEscape()
        case "p", "P": try translateProperty(scalar)
        case "d", "D", "w", "W", "b", "B", "f", "n", "r", "t", "c", "x", "k", "1"..."9":
            output += "\\\(scalar)"
        case "a"..."z", "A"..."Z": throw error("unknown escape \\\(scalar)")
        default:
            if scalar.isASCII { output += "\\" }
            output.unicodeScalars.append(scalar)
        }
    }

    /// `\u{X…}` or `\uXXXX`, two of which may be a surrogate pair.
    private mutating func translateUnicodeEscape() throws(RegularExpressionError) {
        var code: UInt32
        if peek() == "{" {
            position += 1
            code = try hexNumber(of: braced())
        } else {
            code = try hexNumber(of: take(4), count: 4)
            if (0xD800...0xDBFF).contains(code), peek() == "\\", scalars.dropFirst(position + 1).first == "u" {
                position += 2
                let low = try hexNumber(of: take(4), count: 4)
                guard (0xDC00...0xDFFF).contains(low) else { throw error("a lone surrogate is no character") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
        }
        output += "\\x{\(String(code, radix: 16))}"
    }

    private mutating func take(_ count: Int) -> String {
        defer { position += count }
        return String(String.UnicodeScalarView(scalars.dropFirst(position).prefix(count)))
    }

    private mutating func braced() -> String {
        let text = scalars.dropFirst(position).prefix { $0 != "}" }
        position += text.count + 1
        return String(String.UnicodeScalarView(text))
    }

    private func hexNumber(of digits: String, count: Int? = nil) throws(RegularExpressionError) -> UInt32 {
        let length = digits.utf8.count
        guard (1...6).contains(length), length == count ?? length, digits.utf8.allSatisfy(\.isHexDigit),
            let code = UInt32(digits, radix: 16), code <= 0x10FFFF
        else { throw error("a \\u escape has four hexadecimal digits, or one to six in braces") }
        return code
    }

    /// `\p{Letter}` is `\p{L}` for PCRE2; scripts and binary properties it knows by their own names.
    private mutating func translateProperty(_ escape: Unicode.Scalar) throws(RegularExpressionError) {
        guard peek() == "{" else { throw error("\\\(escape) needs a property in braces") }
        position += 1
        let property = braced()
        let parts = property.split(separator: "=", maxSplits: 1).map(String.init)
        var name = property
        if parts.count == 2 {
            switch parts[0] {
            case "gc", "General_Category": name = parts[1]
            case "sc", "Script", "scx", "Script_Extensions": name = parts[1]
            default: throw error("unknown property \(parts[0])")
            }
        }
        output += "\\\(escape){\(Self.generalCategories[name] ?? name)}"
    }

    private static let generalCategories = [
        "Letter": "L", "Cased_Letter": "L&", "LC": "L&", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll",
        "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M",
        "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd",
        "digit": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P",
        "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe",
        "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S",
        "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So",
        "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp",
        "Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf", "Surrogate": "Cs", "Private_Use": "Co",
        "Unassigned": "Cn",
    ]
}
