import JSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Builtins {
    static let mathematics: Table =
        [
            ("floor", whole { $0.rounded(.down) }),
            ("ceil", whole { $0.rounded(.up) }),
            ("round", whole { $0.rounded(.toNearestOrAwayFromZero) }),
            ("trunc", whole { $0.rounded(.towardZero) }),
            ("rint", whole { $0.rounded(.toNearestOrEven) }),
            ("nearbyint", whole { $0.rounded(.toNearestOrEven) }),
            ("fabs", function { $0.magnitude }),
            ("sqrt", function { $0.squareRoot() }),
            ("cbrt", function { cbrt($0) }),
            ("exp", function { exp($0) }),
            ("exp2", function { exp2($0) }),
            ("exp10", function { pow(10, $0) }),
            ("pow10", function { pow(10, $0) }),
            ("expm1", function { expm1($0) }),
            ("log", function { log($0) }),
            ("log2", function { log2($0) }),
            ("log10", function { log10($0) }),
            ("log1p", function { log1p($0) }),
            ("logb", function { logb($0) }),
            ("gamma", function { lgamma($0) }),
            ("lgamma", function { lgamma($0) }),
            ("tgamma", function { tgamma($0) }),
            (
                "lgamma_r",
                .unary { value, _ throws(JQError) in
                    let argument = try number(value)
                    let isNegative =
                        argument < 0 && Int64(exactly: argument) == nil
                        && argument.rounded(.down).truncatingRemainder(dividingBy: 2) != 0
                    return .array([.number(lgamma(argument)), .integer(isNegative ? -1 : 1)])
                }
            ),
            ("sin", function { sin($0) }),
            ("cos", function { cos($0) }),
            ("tan", function { tan($0) }),
            ("asin", function { asin($0) }),
            ("acos", function { acos($0) }),
            ("atan", function { atan($0) }),
            ("sinh", function { sinh($0) }),
            ("cosh", function { cosh($0) }),
            ("tanh", function { tanh($0) }),
            ("asinh", function { asinh($0) }),
            ("acosh", function { acosh($0) }),
            ("atanh", function { atanh($0) }),
            (
                "significand",
                function { $0 == 0 || !$0.isFinite ? $0 : $0.sign == .minus ? -$0.significand : $0.significand }
            ),
            (
                "frexp",
                .unary { value, _ throws(JQError) in
                    let argument = try number(value)
                    if argument == 0 || !argument.isFinite { return .array([.number(argument), 0]) }
                    let fraction = argument.significand / 2 * (argument.sign == .minus ? -1 : 1)
                    return .array([.number(fraction), .integer(Int64(argument.exponent) + 1)])
                }
            ),
            (
                "modf",
                .unary { value, _ throws(JQError) in
                    let argument = try number(value)
                    let whole = argument.rounded(.towardZero)
                    return .array([.number(argument.isInfinite ? 0 : argument - whole), .number(whole)])
                }
            ),
        ] + [
            ("pow", function { pow($0, $1) }),
            ("atan2", function { atan2($0, $1) }),
            ("fmod", function { fmod($0, $1) }),
            ("hypot", function { hypot($0, $1) }),
            ("copysign", function { copysign($0, $1) }),
            ("drem", function { remainder($0, $1) }),
            ("fdim", function { fdim($0, $1) }),
            ("fmax", function { fmax($0, $1) }),
            ("fmin", function { fmin($0, $1) }),
            ("nextafter", function { nextafter($0, $1) }),
            ("ldexp", function { scalbn($0, Int32(max(-5000, min(5000, $1.isNaN ? 0 : $1)))) }),
            ("scalb", function { scalbn($0, Int32(max(-5000, min(5000, $1.isNaN ? 0 : $1)))) }),
            ("scalbln", function { scalbn($0, Int32(max(-5000, min(5000, $1.isNaN ? 0 : $1)))) }),
            (
                "fma",
                .quaternary { _, first, second, third, _ throws(JQError) in
                    .number(try number(first) * number(second) + number(third))
                }
            ),
        ]

    /// Integers are their own result.
    private static func whole(_ body: @escaping @Sendable (Double) -> Double) -> Body {
        .unary { value, _ throws(JQError) in
            if case .integer = value { return value }
            return .number(body(try number(value)))
        }
    }

    private static func function(_ body: @escaping @Sendable (Double) -> Double) -> Body {
        .unary { value, _ throws(JQError) in .number(body(try number(value))) }
    }

    /// The input takes no part.
    private static func function(_ body: @escaping @Sendable (Double, Double) -> Double) -> Body {
        .ternary { _, first, second, _ throws(JQError) in .number(body(try number(first), try number(second))) }
    }
}
