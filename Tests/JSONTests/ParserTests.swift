import JSON
import Testing

@Suite struct ParserTests {
    static let valid: [(String, JSONValue)] = [
        ("null", .null), ("true", true), (" false ", false), ("0", 0), ("-0", .double(-0.0)), ("-12", -12),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.0", 1), ("1e3", 1000), ("1.5e-7", 1.5e-7),
        ("100e-2", 1), ("1e1000", .double(.greatestFiniteMagnitude)), ("-1e1000", .double(-.greatestFiniteMagnitude)),
        ("1e-1000", 0), ("0.1", 0.1), ("123456789012345678901234567890", .double(123456789012345677877719597056)),
        ("2.2250738585072014e-308", .double(2.2250738585072014e-308)), ("5e-324", .double(.leastNonzeroMagnitude)),
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\t\u0041""#, "a\"\\/\u{8}\u{C}\n\r\tA"), (#""\ud83d\ude00é""#, "😀é"),
        (#""\u0000""#, "\0"), ("[]", []), ("[ 1 , [2] ]", [1, [2]]), ("{}", [:]),
        (#"{"a":1,"b":{"c":[]}}"#, ["a": 1, "b": ["c": []]]), ("\t[\r\n]\n", []),
    ]

    @Test(arguments: valid)
    func validTextParses(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }
}
