import JSON

/// Strings: conversion, search, splitting. Positions count Unicode scalars.
enum Text {
    /// The JSON text; NaN prints as null.
    static func json(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> String {
        switch value {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let number): return String(number)
        default: break
        }
        // Twice: escapes and separators come on top of what the values take.
        try budget.allocate(2 * (try budget.size(of: value, limit: budget.memory)) + 16)
        return Number.finite(value).serialized()
    }

    static func string(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> String {
        if case .string(let text) = value { return text }
        return try json(value, &budget)
    }

    static func split(_ text: String, by separator: String, _ budget: inout Budget) throws(JQError) -> JSONValue {
        if text.isEmpty { return .array([]) }
        try budget.spend(text.utf8.count >> 2)
        var parts: [JSONValue] = []
        if separator.isEmpty {
            try budget.allocate(text.utf8.count * Budget.valueBytes)
            for scalar in text.unicodeScalars { parts.append(.string(String(scalar))) }
            return .array(parts)
        }
        let bytes = Array(text.utf8)
        var start = 0
        for place in try places(of: separator, in: bytes, overlapping: false, &budget) {
            parts.append(.string(String(decoding: bytes[start..<place], as: UTF8.self)))
            start = place + separator.utf8.count
        }
        parts.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
        try budget.allocate(parts.count * Budget.valueBytes + bytes.count)
        return .array(parts)
    }

    /// The byte offsets at which a string stands in another.
    static func places(
        of wanted: String, in bytes: [UInt8], overlapping: Bool, _ budget: inout Budget
    ) throws(JQError) -> [Int] {
        let pattern = Array(wanted.utf8)
        guard let first = pattern.first, pattern.count <= bytes.count else { return [] }
        var found: [Int] = []
        var start = 0
        var compared = 0
        while start + pattern.count <= bytes.count {
            if bytes[start] == first {
                var offset = 1
                while offset < pattern.count, bytes[start + offset] == pattern[offset] { offset += 1 }
                compared += offset
                if compared > 4096 {
                    try budget.spend(compared >> 2)
                    compared = 0
                }
                if offset == pattern.count {
                    found.append(start)
                    start += overlapping ? 1 : pattern.count
                    continue
                }
            }
            start += 1
        }
        try budget.spend((bytes.count + compared) >> 2)
        try budget.allocate(found.count * 8)
        return found
    }

    static func scalarIndices(
        of wanted: String, in text: String, _ budget: inout Budget
    ) throws(JQError) -> [JSONValue] {
        try budget.spend(text.utf8.count >> 4)
        let bytes = Array(text.utf8)
        let found = try places(of: wanted, in: bytes, overlapping: true, &budget)
        var counter = ScalarCounter(bytes)
        return found.map { .integer(Int64(counter.scalars(before: $0))) }
    }

    /// White space as Unicode has it.
    static func trimmed(_ text: String, start: Bool, end: Bool) -> String {
        var scalars = text.unicodeScalars[...]
        if start { scalars = scalars.drop { $0.properties.isWhitespace } }
        while end, let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }

    static func hasPrefix(_ text: String, _ prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

    static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
        text.utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    static func number(_ text: String) -> JSONValue? {
        var bytes = text.utf8[...]
        if bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
        func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        let whole = bytes.prefix(while: isDigit)
        var digits = whole.count
        bytes = bytes.dropFirst(whole.count)
        let isInteger = bytes.isEmpty
        if bytes.first == UInt8(ascii: ".") {
            let fraction = bytes.dropFirst().prefix(while: isDigit)
            digits += fraction.count
            bytes = bytes.dropFirst(1 + fraction.count)
        }
        guard digits > 0 else { return nil }
        if let byte = bytes.first, byte | 0x20 == UInt8(ascii: "e") {
            bytes = bytes.dropFirst()
            if bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
            let exponent = bytes.prefix(while: isDigit)
            guard !exponent.isEmpty else { return nil }
            bytes = bytes.dropFirst(exponent.count)
        }
        guard bytes.isEmpty else { return nil }
        if isInteger, let number = Int64(text) { return .integer(number) }
        return Double(text).map { .number($0) }
    }
}

/// Turns ascending byte offsets into scalar offsets in one pass.
struct ScalarCounter {
    private let bytes: [UInt8]
    private var position = 0
    private var count = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func scalars(before offset: Int) -> Int {
        if offset < position {
            position = 0
            count = 0
        }
        while position < offset {
            if bytes[position] & 0xC0 != 0x80 { count += 1 }
            position += 1
        }
        return count
    }
}
