import Foundation
import JSON
import TestSupport
import Testing
import WorkflowDefinition

/// Every node of the examples that load, deleted, renamed, retyped and swapped: whatever comes out loads or is told why.
@Suite(.conformanceData("ows/examples"))
struct MutationTests {
    static let replacements: [JSONValue] = [
        nil, true, 0, -1, 1.5, "", "x", "${", "${}", "${ . }", "${ .a | $nope }", "${ ) }", "end", "PT1S", "http", [],
        ["x"],
        [[:]], [:], ["x": 1], ["document": ["type": "object"]], ["after": ["seconds": 1]], ["set": ["x": 1]],
    ]

    @Test func everySingleMutationLoadsOrIsTold() throws {
        var (tried, loaded) = (0, 0)
        for source in try Self.sources() {
            for pointer in Self.pointers(of: source) {
                for mutant in Self.mutants(of: source, at: pointer) {
                    tried += 1
                    if check(mutant, asTextToo: tried.isMultiple(of: 7)) { loaded += 1 }
                }
            }
        }
        print("\(tried) mutants of one change: \(loaded) load, \(tried - loaded) are told why not")
        #expect(tried > 5_000 && loaded > 500)
    }

    @Test func severalMutationsAtOnceLoadOrAreTold() throws {
        var random = SplitMix64(state: 20_261_123)
        let sources = try Self.sources()
        for _ in 0..<1_000 {
            guard var mutant = sources.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 2...6, using: &random) {
                guard let pointer = Self.pointers(of: mutant).randomElement(using: &random) else { break }
                mutant = Self.mutants(of: mutant, at: pointer).randomElement(using: &random) ?? mutant
            }
            _ = check(mutant, asTextToo: true)
        }
    }

    @Test func everyPrefixOfAnExampleLoadsOrIsTold() throws {
        for name in ExampleTests.names {
            let bytes = Array(try Conformance.data(name))
            for end in stride(from: 0, to: bytes.count, by: 7) {
                let text = String(decoding: bytes[..<end], as: UTF8.self)
                let (definition, diagnostics) = Definition.diagnose(text, catalog: catalog)
                #expect((definition == nil) == diagnostics.contains { $0.severity == .error })
            }
        }
    }

    /// Whether it loads; a definition and errors exclude each other, and a text says what the value says.
    private func check(_ mutant: JSONValue, asTextToo: Bool) -> Bool {
        let (definition, diagnostics) = Definition.diagnose(mutant, catalog: catalog)
        let errors = diagnostics.filter { $0.severity == .error }
        #expect((definition == nil) == !errors.isEmpty, "\(mutant.serialized())")
        for diagnostic in diagnostics {
            #expect(!diagnostic.message.isEmpty && diagnostic.message.utf8.count < 600)
            #expect(mutant[diagnostic.pointer] != nil, "\(diagnostic.rendered(file: mutant.serialized()))")
        }
        guard asTextToo else { return definition != nil }
        let text = Definition.diagnose(mutant.serialized(), catalog: catalog).diagnostics
        #expect(
            Set(text.map { "\($0.message) \($0.pointer)" }) == Set(diagnostics.map { "\($0.message) \($0.pointer)" }))
        #expect(text.allSatisfy { $0.line != nil && $0.column != nil })
        return definition != nil
    }

    static func sources() throws -> [JSONValue] {
        try ExampleTests.names.compactMap { name in
            Definition.diagnose(String(decoding: try Conformance.data(name), as: UTF8.self), catalog: catalog)
                .definition?.source
        }
    }

    static func pointers(of value: JSONValue, at pointer: JSONPointer = .root) -> [JSONPointer] {
        switch value {
        case .array(let elements):
            [pointer] + elements.enumerated().flatMap { pointers(of: $1, at: pointer.appending($0)) }
        case .object(let object): [pointer] + object.flatMap { pointers(of: $0.value, at: pointer.appending($0.key)) }
        default: [pointer]
        }
    }

    static func mutants(of source: JSONValue, at pointer: JSONPointer) -> [JSONValue] {
        let replaced = replacements.map { replacement in source.changing(pointer) { $0 = replacement } }
        guard let parent = pointer.parent, let token = pointer.lastToken else { return replaced }
        let deleted = source.changing(parent) { $0.delete(token) }
        let renamed = [token + "x", String(token.dropLast()), "document", "do", "then"].map { name in
            source.changing(parent) { $0.rename(token, to: name) }
        }
        return replaced + [deleted] + renamed
    }
}

extension JSONValue {
    /// A copy with the value at a pointer changed.
    fileprivate func changing(_ pointer: JSONPointer, _ change: (inout JSONValue) -> Void) -> JSONValue {
        changing(pointer.tokens[...], change)
    }

    private func changing(_ tokens: ArraySlice<String>, _ change: (inout JSONValue) -> Void) -> JSONValue {
        var copy = self
        guard let token = tokens.first else {
            change(&copy)
            return copy
        }
        switch self {
        case .object(var object):
            if let member = object[token] { object[token] = member.changing(tokens.dropFirst(), change) }
            return .object(object)
        case .array(var array):
            if let index = Int(token), array.indices.contains(index) {
                array[index] = array[index].changing(tokens.dropFirst(), change)
            }
            return .array(array)
        default: return self
        }
    }

    fileprivate mutating func delete(_ token: String) {
        switch self {
        case .object(var object):
            object[token] = nil
            self = .object(object)
        case .array(var array):
            if let index = Int(token), array.indices.contains(index) { array.remove(at: index) }
            self = .array(array)
        default: break
        }
    }

    /// The same members in the same order, one under another name.
    fileprivate mutating func rename(_ token: String, to name: String) {
        guard case .object(let object) = self else { return }
        var renamed = JSONObject()
        for (key, value) in object where key == token || key != name { renamed[key == token ? name : key] = value }
        self = .object(renamed)
    }
}

/// Numbers that look random and are the same in every run.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
