import JSON
import Testing

@Suite struct ValueTests {
    static let different: [(JSONValue, JSONValue)] = [
        (0, false), (nil, false), ("1", 1), ([], [:]), ([1, 2], [2, 1]), (["a": 1], ["a": 1, "b": nil]),
        ("\u{E9}", "e\u{301}"), (.integer(.max), .double(9_223_372_036_854_775_808)),
        (.integer(9_007_199_254_740_993), .double(9_007_199_254_740_992)), (.double(.nan), .double(.nan)),
    ]

    @Test(arguments: different)
    func differentValuesAreUnequal(left: JSONValue, right: JSONValue) { #expect(left != right) }

    static let equal: [(JSONValue, JSONValue)] = [
        (1, .double(1)), (.double(0), .double(-0.0)), (0, .double(-0.0)), (["a": 1, "b": 2], ["b": 2, "a": 1]),
        (.integer(1 << 60), .double(1_152_921_504_606_846_976)), ([["a": [1.0]]], [["a": [1]]]),
    ]

    @Test(arguments: equal)
    func equalValuesHashAlike(left: JSONValue, right: JSONValue) {
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(Set([left, right]).count == 1)
    }

    @Test func numbersAreIntegersWhereTheyAreIntegral() {
        #expect(JSONValue.number(3).integer == 3)
        #expect(JSONValue.number(1e18).integer == 1_000_000_000_000_000_000)
        #expect(JSONValue.number(-0.0).integer == nil)
        #expect(JSONValue.number(1e19).integer == nil)
        #expect(JSONValue.number(0.5).double == 0.5)
    }

    @Test func accessorsAnswerNilForOtherTypes() {
        let value: JSONValue = ["list": [1, "two", nil]]
        #expect(value["list"]?[1]?.string == "two")
        #expect(value["list"]?[3] == nil && value["list"]?[-1] == nil && value["list"]?["key"] == nil)
        #expect(value["none"] == nil && value[0] == nil && value.string == nil)
        #expect(value["list"]?[2]?.isNull == true)
    }
}

@Suite struct ObjectTests {
    @Test(arguments: [3, 12, 13, 40, 1_000])
    func smallAndLargeObjectsBehaveAlike(count: Int) {
        var object = JSONObject()
        for index in 0..<count { object["key \(index)"] = .integer(Int64(index)) }
        object["key 1"] = "again"
        #expect(object.count == count)
        #expect(object.keys == (0..<count).map { "key \($0)" })
        #expect(object["key 1"] == "again" && object["key \(count - 1)"] == .integer(Int64(count - 1)))
        #expect(object["none"] == nil && !object.contains("key \(count)"))

        let copy = object
        object["key 0"] = nil
        object.removeAll { $0.key.hasSuffix("2") }
        object["new"] = true
        #expect(copy.count == count && copy["key 0"] == 0)
        #expect(object["key 0"] == nil && object["key 2"] == nil && object["key 1"] == "again")
        #expect(object.last?.key == "new" && object["new"] == true)
        for (key, value) in object { #expect(object[key] == value) }

        #expect(JSONObject(copy.reversed()) == copy)
        #expect(JSONObject(copy.reversed()).hashValue == copy.hashValue)
        #expect(copy.mapValues { _ in 1 }.keys == copy.keys)
    }

    @Test func membersChangeInPlace() {
        var object: JSONObject = ["list": [1]]
        if case .array(var list) = object["list", default: []] {
            list.append(2)
            object["list", default: []] = .array(list)
        }
        object["new", default: 5] = 6
        #expect(JSONValue.object(object) == ["list": [1, 2], "new": 6])
    }

    @Test func sortingComparesBytes() {
        let object: JSONObject = ["é": 1, "z": 2, "": 3, "zz": 4, "Z": 5]
        #expect(object.sortedByKey().keys == ["", "Z", "z", "zz", "é"])
    }

    /// 200,000 keys would take minutes if a lookup scanned.
    @Test(.timeLimit(.minutes(1))) func manyKeysTakeLinearTime() {
        var object = JSONObject()
        for index in 0..<200_000 { object["key \(index)"] = .integer(Int64(index)) }
        for index in stride(from: 0, to: 200_000, by: 7) { #expect(object["key \(index)"]?.integer == Int64(index)) }
    }
}

@Suite struct PointerTests {
    static let document: JSONValue = [
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7, "list": [["x": [1, 2]]], "0": "zero",
    ]

    static let places: [(String, JSONValue?)] = [
        ("", document), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/m~0n", 8),
        ("/ ", 7), ("/list/0/x/1", 2), ("/0", "zero"), ("/foo/2", nil), ("/foo/00", nil), ("/foo/-1", nil),
        ("/foo/+1", nil), ("/foo/-", nil), ("/foo/0/1", nil), ("/none", nil), ("/foo/99999999999999999999", nil),
    ]

    @Test(arguments: places)
    func pointersLeadToTheirValue(text: String, value: JSONValue?) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(Self.document[pointer] == value)
        #expect(JSONPointer(tokens: pointer.tokens) == pointer)
        #expect(pointer.description == text)
    }

    @Test(arguments: ["a", "a/b", "/~", "/~2", "/a~", "#/a"])
    func textThatIsNoPointerIsRefused(text: String) { #expect(JSONPointer(text) == nil) }

    @Test func tokensAreEscapedAndBack() {
        let pointer = JSONPointer.root.appending("a/b~c").appending(3).appending("")
        #expect(pointer.description == "/a~1b~0c/3/")
        #expect(pointer.tokens == ["a/b~c", "3", ""])
        #expect(pointer.lastToken == "" && pointer.parent == "/a~1b~0c/3" && JSONPointer.root.parent == nil)
        #expect(pointer.parent?.parent?.parent == .root)
        let base: JSONPointer = "/a"
        #expect(
            base.contains("/a/b") && base.contains("/a") && !base.contains("/ab") && JSONPointer.root.contains("/x"))
        #expect(("/a" as JSONPointer).appending("/b/c" as JSONPointer) == "/a/b/c")
    }
}
