/// The text of a double as jq writes it: the shortest digits that read back, `1e+100` or `1.5e-07` far from zero.
struct DecimalNotation {
    private var digits: [UInt8] = []
    /// The decimal point stands after this many digits.
    private var point = 0
    private let isNegative: Bool

    /// Infinities count as the largest finite number.
    init(_ value: Double) {
        isNegative = value.sign == .minus
        let magnitude = min(value.magnitude, .greatestFiniteMagnitude)
        // Swift's description has the shortest digits, as `12.5`, `1e+16` or `1.5e-07`.
        var exponent = 0
        let parts = magnitude.description.utf8.split(separator: UInt8(ascii: "e"))
        if parts.count == 2 { exponent = Int(String(Substring(parts[1]))) ?? 0 }
        var hasPoint = false
        for byte in parts[0] {
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else {
                digits.append(byte)
                if !hasPoint { point += 1 }
            }
        }
        point += exponent
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(min(zeros, digits.count - 1))
        point -= zeros
    }

    /// The magnitude as an integer times a power of ten; seventeen digits always fit.
    var decimal: (significand: UInt64, exponent: Int) {
        (digits.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }, point - digits.count)
    }

    var text: [UInt8] {
        let zero = UInt8(ascii: "0")
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        if point <= -4 || point > max(digits.count + 15, 21) {
            text.append(digits[0])
            if digits.count > 1 { text += [UInt8(ascii: ".")] + digits.dropFirst() }
            let exponent = point - 1
            text += [UInt8(ascii: "e"), UInt8(ascii: exponent < 0 ? "-" : "+")]
            if exponent.magnitude < 10 { text.append(zero) }
            text += Array(String(exponent.magnitude).utf8)
        } else if point <= 0 {
            text += [zero, UInt8(ascii: ".")] + repeatElement(zero, count: -point) + digits
        } else if point >= digits.count {
            text += digits + repeatElement(zero, count: point - digits.count)
        } else {
            text += digits[..<point] + [UInt8(ascii: ".")] + digits[point...]
        }
        return text
    }
}
