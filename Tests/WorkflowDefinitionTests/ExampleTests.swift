import Foundation
import JSON
import TestSupport
import Testing
import WorkflowDefinition

@Suite(.conformanceData("ows/examples"))
struct ExampleTests {
    static let names = (try? Conformance.files(below: "ows/examples", suffix: ".yaml")) ?? []

    @Test func everyExampleLoadsOrUsesWhatIsNamedUnsupported() throws {
        var loaded: [String] = []
        var features: [String: Int] = [:]
        #expect(Self.names.count == 68)
        for name in Self.names {
            let text = String(decoding: try Conformance.data(name), as: UTF8.self)
            let (definition, diagnostics) = Definition.diagnose(text, catalog: catalog)
            let errors = diagnostics.filter { $0.severity == .error }
            for error in errors {
                #expect(error.code == .unsupported, "\(error.rendered(file: name))")
                features[error.message, default: 0] += 1
            }
            if definition != nil { loaded.append(URL(filePath: name).deletingPathExtension().lastPathComponent) }
            #expect((definition == nil) == !errors.isEmpty)
        }
        print("\(loaded.count) of \(Self.names.count) examples load: \(loaded.joined(separator: ", "))")
        for (feature, count) in features.sorted(by: { $0.key < $1.key }) { print("  \(count)× \(feature)") }
        #expect(loaded.count >= 20)
    }

    @Test func everyExampleSaysTheSameAsTextAndAsValue() throws {
        for name in Self.names {
            let text = String(decoding: try Conformance.data(name), as: UTF8.self)
            let fromText = Definition.diagnose(text, catalog: catalog)
            guard let source = fromText.definition?.source else { continue }
            let fromValue = try Definition(json: source, catalog: catalog)
            #expect(shape(fromValue) == shape(try #require(fromText.definition)))
            let asJSON = try Definition(yaml: source.serialized(pretty: true), catalog: catalog)
            #expect(shape(asJSON) == shape(fromValue), "\(name)")
            #expect(asJSON.source.serialized() == source.serialized())
        }
    }
}
