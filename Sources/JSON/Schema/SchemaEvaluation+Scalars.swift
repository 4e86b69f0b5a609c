extension SchemaEvaluation {
    mutating func checkNumber(_ check: SchemaCheck, _ value: JSONValue) -> Bool {
        switch check {
        case .multipleOf(let divisor):
            return DecimalNumber(value).isMultiple(of: DecimalNumber(divisor))
                || fail("must be a multiple of \(divisor)")
        case .maximum(let bound): return !bound.isNumberBelow(value) || fail("must be at most \(bound)")
        case .exclusiveMaximum(let bound): return value.isNumberBelow(bound) || fail("must be below \(bound)")
        case .minimum(let bound): return !value.isNumberBelow(bound) || fail("must be at least \(bound)")
        case .exclusiveMinimum(let bound): return bound.isNumberBelow(value) || fail("must be above \(bound)")
        default: return true
        }
    }

    mutating func checkString(_ check: SchemaCheck, _ string: String) -> Bool {
        guard spend(string.utf8.count / 64) else { return false }
        switch check {
        case .maxLength(let bound):
            return string.utf8.count <= bound || string.unicodeScalars.count <= bound
                || fail("must have at most \(Self.counted(bound, "character"))")
        case .minLength(let bound):
            return string.unicodeScalars.count >= bound
                || fail("must have at least \(Self.counted(bound, "character"))")
        case .pattern(let pattern):
            return matches(pattern, string) || fail("must match the pattern \(Self.shown(.string(pattern.source)))")
        case .format(let format):
            guard spend(string.utf8.count / 8) else { return false }
            return format.accepts(string) || fail("must be a valid \(format.name)")
        default: return true
        }
    }

    /// Most matches take few steps; one that takes more pays for it. A step takes about 50 ns.
    mutating func matches(_ pattern: SchemaPattern, _ string: String) -> Bool {
        for (steps, cost) in [(500 as UInt32, 50), (10_000, 1_000), (100_000, 10_000)] {
            guard spend(cost + string.utf8.count / 16) else { return false }
            if let isMatch = try? pattern.expression.firstMatch(in: string, steps: steps) != nil { return isMatch }
        }
        return exhaust("takes too much work to be matched with the pattern \(Self.shown(.string(pattern.source)))")
    }

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

extension JSONValue {
    /// Whether both are numbers and this is the smaller one, exactly.
    func isNumberBelow(_ other: JSONValue) -> Bool {
        if let left = integer, let right = other.integer { return left < right }
        guard let left = double, let right = other.double else { return false }
        if left != right { return left < right }
        // Rounding an integer hid the difference; 2⁶³ is above every integer.
        if let integer, let double = Int64(exactly: right) { return integer < double }
        if let integer = other.integer, let double = Int64(exactly: left) { return double < integer }
        return integer != nil && other.integer == nil && right > 0
    }
}

/// A number as the decimal its digits say, so that 0.0075 is a multiple of 0.0001.
struct DecimalNumber {
    private var significand: UInt64
    private var exponent: Int

    init(_ number: JSONValue) {
        switch number {
        case .integer(let value): (significand, exponent) = (value.magnitude, 0)
        case .double(let value): (significand, exponent) = DecimalNotation(value).decimal
        default: (significand, exponent) = (0, 0)
        }
    }

    /// Whether this is a whole number of times the divisor, which is not 0.
    func isMultiple(of divisor: DecimalNumber) -> Bool {
        guard significand != 0 else { return true }
        guard divisor.significand != 0 else { return false }
        let shift = exponent - divisor.exponent
        if shift >= 0 {
            // significand · 10^shift modulo the divisor, by repeated squaring.
            let modulus = UInt128(divisor.significand)
            var remainder = UInt128(significand) % modulus
            var power = UInt128(10) % modulus
            var bits = shift
            while bits > 0 {
                if bits & 1 == 1 { remainder = remainder * power % modulus }
                power = power * power % modulus
                bits >>= 1
            }
            return remainder == 0
        }
        var scaled = divisor.significand
        for _ in 0..<(-shift) {
            let (product, overflows) = scaled.multipliedReportingOverflow(by: 10)
            // Then it is larger than this number.
            if overflows { return false }
            scaled = product
        }
        return significand % scaled == 0
    }
}
