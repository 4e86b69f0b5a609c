import JSON
import Testing

@Suite struct ParserTests {
    static let valid: [(String, JSONValue)] = [
        ("null", .null), ("true", true), (" false ", false), ("0", 0), ("-0", .double(-0.0)), ("-12", -12),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.0", 1), ("1e3", 1000), ("1.5e-7", 1.5e-7),
        ("100e-2", 1), ("1e1000", .double(.greatestFiniteMagnitude)), ("-1e1000", .double(-.greatestFiniteMagnitude)),
        ("1e-1000", 0), ("0.1", 0.1),
        ("123456789012345678901234567890", .double(123_456_789_012_345_677_877_719_597_056)),
        ("2.2250738585072014e-308", .double(2.2250738585072014e-308)), ("5e-324", .double(.leastNonzeroMagnitude)),
        ("0e99999999999999999999", 0), ("1E+2", 100), ("0.000000000000000000000001", 1e-24),
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\t\u0041""#, "a\"\\/\u{8}\u{C}\n\r\tA"), (#""\ud83d\ude00é""#, "😀é"),
        (#""\u0000""#, "\0"), ("[]", []), ("[ 1 , [2] ]", [1, [2]]), ("{}", [:]),
        (#"{"a":1,"b":{"c":[]}}"#, ["a": 1, "b": ["c": []]]), ("\t[\r\n]\n", []),
    ]

    @Test(arguments: valid)
    func validTextParses(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    static let invalid: [(String, line: Int, column: Int)] = [
        ("", 1, 1), ("  ", 1, 3), ("nul", 1, 4), ("nulL", 1, 4), ("01", 1, 1), ("-", 1, 2), ("1.", 1, 3),
        ("1.e3", 1, 3),
        ("1e", 1, 3), ("+1", 1, 1), (".5", 1, 1), ("NaN", 1, 1), ("1 2", 1, 3), ("[1,]", 1, 4), ("[1 2]", 1, 4),
        ("[", 1, 2), ("[\n1,\n\n x]", 4, 2), ("{,}", 1, 2), (#"{"a"}"#, 1, 5), (#"{"a":1,}"#, 1, 8), ("{1:2}", 1, 2),
        (#"{"a":1"#, 1, 7), (#""abc"#, 1, 1), ("\"a\nb\"", 1, 3), (#""é\x""#, 1, 4), (#""\u12G4""#, 1, 6),
        (#""\ud800""#, 1, 2), (#""\udc00 ""#, 1, 2), (#""\ud800\u0041""#, 1, 2), ("'a'", 1, 1), ("[1]]", 1, 4),
        ("\u{FEFF}1", 1, 1), ("1\u{A0}", 1, 2), ("/* */ 1", 1, 1),
    ]

    @Test(arguments: invalid)
    func invalidTextNamesItsPlace(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONParseError.self) { try JSONValue(parsing: text) }
        #expect(error?.line == line && error?.column == column, "\(error.map(\.description) ?? "")")
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22],
            [0xEF, 0xBB, 0xBF, 0x31], [0xFF, 0xFE, 0x31, 0x00], [0x31, 0x00], [0x22, 0x5C, 0x6E, 0xFF, 0x22],
        ] as [[UInt8]])
    func bytesThatAreNoUTF8AreRefused(bytes: [UInt8]) {
        #expect(throws: JSONParseError.self) { try JSONValue(parsing: bytes) }
    }

    @Test func messagesShowOneCharacterAtMost() {
        let secret = "hunter2hunter2"
        let error = #expect(throws: JSONParseError.self) { try JSONValue(parsing: "{\"key\": \(secret)}") }
        #expect(error?.description == "invalid JSON at line 1, column 9: \"h\" stands where a value should be")
    }

    @Test func ofEqualKeysTheLastValueWinsInTheFirstPlace() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#).serialized() == #"{"a":3,"b":2}"#)
    }

    @Test func canonicallyEquivalentKeysStayApart() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.object?.count == 2)
        #expect(value["\u{E9}"] == 1 && value["e\u{301}"] == 2)
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[{\"a\":", count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)
        }
        #expect(try JSONValue(parsing: nested(512)).exceedsDepth(512) == false)
        #expect(try JSONValue(parsing: nested(512)).exceedsDepth(511))
        #expect(throws: JSONParseError.self) { try JSONValue(parsing: nested(514)) }
        #expect(throws: JSONParseError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
    }

    @Test func sequencesAreSeparatedByWhiteSpace() throws {
        #expect(try JSONValue.parseSequence(Array("1 [2]\n{} ".utf8)) == [1, [2], [:]])
        #expect(try JSONValue.parseSequence([]) == [])
        #expect(throws: JSONParseError.self) { try JSONValue.parseSequence(Array("1[2]".utf8)) }
    }

    @Test func aTextCutShortIsAnErrorAtEveryByte() throws {
        let text = Array(#"{"a":[1,-2.5e+3,"é\n\ud83d\ude00",true,false,null],"b":{"c":{}}}"#.utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
        for count in text.indices {
            #expect(throws: JSONParseError.self) { try JSONValue(parsing: Array(text[..<count])) }
        }
    }

    @Test func longNumbersAreRoundedNotRefused() throws {
        let digits = String(repeating: "9", count: 100_000)
        #expect(try JSONValue(parsing: digits) == .double(.greatestFiniteMagnitude))
        #expect(try JSONValue(parsing: "0." + digits) == 1)
    }

    /// Whatever the bytes are, parsing ends, and what was parsed prints and parses back.
    @Test func randomBytesNeverCrash() throws {
        var random = SplitMix(state: 42)
        let seeds = ["{\"a\":[1,2.5e3,\"\\u00e9x\"],\"b\":null}", "[[[{}]]]", "\"\\ud83d\\ude00é\"", "-123.456e-7"]
        let alphabet = Array("{}[]\",:\\u0189dDeE+-. \n\u{0}truefalsn".utf8) + [0xFF, 0xC3, 0xA9, 0xF0]
        var parsed = 0
        for round in 0..<20_000 {
            var bytes: [UInt8] = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
                default: break
                }
            }
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            parsed += 1
            #expect(try JSONValue(parsing: value.serializedBytes()) == value)
            #expect(try JSONValue(parsing: value.serialized(pretty: true)) == value)
        }
        #expect(parsed > 1_000)
    }
}

/// A small generator with a seed, so that a failure repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
