import Foundation
import JSON
import Testing

@Suite struct PrinterTests {
    static let numbers: [(JSONValue, String)] = [
        (0, "0"), (.double(-0.0), "-0"), (.integer(.min), "-9223372036854775808"), (0.1, "0.1"), (1.5e-7, "1.5e-07"),
        (0.0001, "0.0001"), (0.00001, "1e-05"), (-0.00012345, "-0.00012345"), (1e17, "100000000000000000"),
        (1e20, "100000000000000000000"), (1e100, "1e+100"), (1.25e25, "1.25e+25"), (.double(5e300), "5e+300"),
        (.double(12_345_678_909_876_543_160_320), "12345678909876543000000"),
        (.double(.greatestFiniteMagnitude), "1.7976931348623157e+308"), (.double(.infinity), "1.7976931348623157e+308"),
        (.double(.nan), "null"), (.double(.leastNonzeroMagnitude), "5e-324"), (.double(1.0), "1"), (123.456, "123.456"),
    ]

    @Test(arguments: numbers)
    func numbersPrintAsJQPrintsThem(value: JSONValue, text: String) { #expect(value.serialized() == text) }

    @Test func doublesReadBackExactly() throws {
        var random = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            let value = JSONValue.number(double)
            let back = try JSONValue(parsing: value.serialized())
            #expect(back.double?.bitPattern == double.bitPattern)
            #expect(back.integer == value.integer)
        }
    }

    @Test func shortDecimalsReadExactly() throws {
        var random = SplitMix(state: 8)
        for _ in 0..<20_000 {
            let digits = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let text = "\(digits)e\(Int.random(in: -40...40, using: &random))"
            #expect(try JSONValue(parsing: text).double == Double(text))
        }
    }

    @Test func stringsEscapeWhatTheyMust() {
        let value: JSONValue = "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{7F}é😀\u{2028}<"
        #expect(value.serialized() == #""\"\\/\b\f\n\r\t\u0001\u007fé😀"# + "\u{2028}<\"")
    }

    @Test func prettyTextHasOneMemberALine() {
        let value: JSONValue = ["a": [1, []], "b": [:], "c": ["d": nil]]
        #expect(
            value.serialized(pretty: true) == """
                {
                  "a": [
                    1,
                    []
                  ],
                  "b": {},
                  "c": {
                    "d": null
                  }
                }
                """)
    }

    @Test func equalValuesHaveOneCanonicalText() {
        let left: JSONValue = ["b": [1.0, .double(-0.0)], "a": ["\u{E9}": 1, "e\u{301}": 2, "z": .double(1e18)]]
        let right: JSONValue = [
            "a": ["z": .integer(1_000_000_000_000_000_000), "e\u{301}": 2, "\u{E9}": 1], "b": [1, 0],
        ]
        #expect(left == right)
        #expect(left.canonicalBytes() == right.canonicalBytes())
        #expect(
            String(decoding: left.canonicalBytes(), as: UTF8.self)
                == "{\"a\":{\"e\u{301}\":2,\"z\":1000000000000000000,\"\u{E9}\":1},\"b\":[1,0]}")
    }

    @Test func codersKeepOrderAndExactness() throws {
        struct Snapshot: Codable, Equatable {
            var value: JSONValue
            var list: [JSONValue]
        }
        var deep: JSONValue = 1
        for _ in 0..<JSONValue.depthLimit { deep = [deep] }
        let value: JSONValue = ["z": .integer(.max), "a": 0.1, "m": ["\u{E9}": nil], "i": .double(1e300), "s": "\0"]
        let data = try JSONEncoder().encode(Snapshot(value: value, list: [deep, nil, "text", 1]))
        let back = try JSONDecoder().decode(Snapshot.self, from: data)
        #expect(back == Snapshot(value: value, list: [deep, nil, "text", 1]))
        #expect(back.value.serialized() == value.serialized())
    }
}
