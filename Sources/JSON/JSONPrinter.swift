extension JSONValue {
    /// The JSON text: compact, or with one member a line and two spaces a level.
    ///
    /// Numbers print as jq prints them: 64-bit integers exactly, doubles by the shortest digits that read back.
    package func serialized(pretty: Bool = false) -> String {
        String(decoding: serializedBytes(pretty: pretty), as: UTF8.self)
    }

    package func serializedBytes(pretty: Bool = false) -> [UInt8] {
        var printer = JSONPrinter(isPretty: pretty)
        printer.print(self)
        return printer.bytes
    }

    /// One text for equal values: compact, keys sorted by their bytes. For digests.
    package func canonicalBytes() -> [UInt8] {
        var printer = JSONPrinter(isCanonical: true)
        printer.print(self)
        return printer.bytes
    }
}

/// Writes JSON text into a buffer; recursion follows the value's depth.
struct JSONPrinter {
    private(set) var bytes: [UInt8] = []
    private let isPretty: Bool
    private let isCanonical: Bool
    private var depth = 0

    init(isPretty: Bool = false, isCanonical: Bool = false) {
        self.isPretty = isPretty
        self.isCanonical = isCanonical
    }

    mutating func print(_ value: JSONValue) {
        switch value {
        case .null: write("null")
        case .bool(let value): write(value ? "true" : "false")
        case .integer(let value): print(value)
        case .double(let value): print(value)
        case .string(let value): print(value)
        case .array(let elements):
            printNested("[", "]", isEmpty: elements.isEmpty) { printer in
                for (index, element) in elements.enumerated() {
                    printer.separate(isFirst: index == 0)
                    printer.print(element)
                }
            }
        case .object(let object):
            let members = isCanonical ? object.sortedByKey() : object
            printNested("{", "}", isEmpty: members.isEmpty) { printer in
                for (index, member) in members.enumerated() {
                    printer.separate(isFirst: index == 0)
                    printer.print(member.key)
                    printer.write(printer.isPretty ? ": " : ":")
                    printer.print(member.value)
                }
            }
        }
    }

    private mutating func printNested(
        _ open: StaticString, _ close: StaticString, isEmpty: Bool, _ body: (inout JSONPrinter) -> Void
    ) {
        write(open)
        depth += 1
        body(&self)
        depth -= 1
        if !isEmpty { breakLine() }
        write(close)
    }

    private mutating func separate(isFirst: Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        breakLine()
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }

    private mutating func write(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func print(_ value: Int64) {
        bytes.append(contentsOf: String(value).utf8)
    }

    private mutating func print(_ value: Double) {
        if let integer = Int64(exactly: value) {
            if integer == 0, value.sign == .minus, !isCanonical { return write("-0") }
            print(integer)
        } else if value.isNaN {
            write("null")
        } else if case let text = value.description, value.isFinite, !text.utf8.contains(UInt8(ascii: "e")) {
            // Swift and jq differ only in when and how they write an exponent.
            bytes.append(contentsOf: text.utf8)
        } else {
            bytes.append(contentsOf: DecimalNotation(value).text)
        }
    }

    private mutating func print(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        string.withBytes { text in
            var written = 0
            for (position, byte) in text.enumerated() where Self.needsEscape(byte) {
                bytes.append(contentsOf: text[written..<position])
                escape(byte)
                written = position + 1
            }
            bytes.append(contentsOf: text[written...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// jq escapes DEL too.
    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): write("\\\"")
        case UInt8(ascii: "\\"): write("\\\\")
        case 0x08: write("\\b")
        case 0x09: write("\\t")
        case 0x0A: write("\\n")
        case 0x0C: write("\\f")
        case 0x0D: write("\\r")
        default:
            write("\\u00")
            let digits: StaticString = "0123456789abcdef"
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 0xF)])
        }
    }
}
