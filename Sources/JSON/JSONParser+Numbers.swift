extension JSONParser {
    /// Parses a number from its sign or first digit.
    mutating func parseNumber() throws(JSONParseError) -> JSONValue {
        let start = position
        let isNegative = current == UInt8(ascii: "-")
        if isNegative { position += 1 }

        // `scale` is the power of ten that the value is short of.
        var digits = Digits()
        var scale = 0
        if current == UInt8(ascii: "0") {
            position += 1
            if isDigit(current) { throw error("a number has no leading zero", at: start) }
        } else {
            try skipDigits(&digits)
        }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let fraction = position
            try skipDigits(&digits)
            scale = fraction - position
        }
        if current | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            scale += try parseExponent()
        }
        if isInteger, digits.fit, let value = signed(digits.value, isNegative) { return .integer(value) }
        if digits.fit, let value = exact(digits.value, scale) { return .number(isNegative ? -value : value) }
        return .number(rounded(String(decoding: bytes[start..<position], as: UTF8.self)))
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// Digits as an integer while they fit; beyond, the exact text is kept for the slow path.
    private struct Digits {
        var value: UInt64 = 0
        var fit = true

        @inline(__always)
        mutating func append(_ digit: UInt8) {
            if value >= 1_000_000_000_000_000_000 { fit = false }
            if fit { value = value * 10 + UInt64(digit) }
        }
    }

    @inline(__always)
    private mutating func skipDigits(_ digits: inout Digits) throws(JSONParseError) {
        guard isDigit(current) else { throw unexpected("a digit") }
        repeat {
            digits.append(current &- UInt8(ascii: "0"))
            position += 1
        } while isDigit(current)
    }

    private mutating func parseExponent() throws(JSONParseError) -> Int {
        let isNegative = current == UInt8(ascii: "-")
        if isNegative || current == UInt8(ascii: "+") { position += 1 }
        var digits = Digits()
        try skipDigits(&digits)
        let exponent = Int(min(digits.fit ? digits.value : .max, 1_000_000))
        return isNegative ? -exponent : exponent
    }

    /// Nil out of 64 bits, and for -0, which is a double.
    private func signed(_ digits: UInt64, _ isNegative: Bool) -> Int64? {
        guard isNegative else { return Int64(exactly: digits) }
        return digits == 0 ? nil : digits == Int64.min.magnitude ? .min : Int64(exactly: digits).map { -$0 }
    }

    /// Digits below 2⁵³ and a power of ten up to 10²² are exact doubles, so one operation rounds correctly.
    private func exact(_ digits: UInt64, _ scale: Int) -> Double? {
        guard digits <= 1 << 53, scale.magnitude < Self.powersOfTen.count else { return nil }
        let power = Self.powersOfTen[Int(scale.magnitude)]
        return scale < 0 ? Double(digits) / power : Double(digits) * power
    }

    private func rounded(_ text: String) -> Double {
        let value = Double(text) ?? 0
        return value.isFinite ? value : value.sign == .minus ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
