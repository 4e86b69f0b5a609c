import JSON
import TestSupport
import Testing
import WorkflowDefinition

/// The specification's own JSON Schema as a second opinion, on the examples and on a sample of their mutants.
@Suite(.conformanceData("ows/schema/workflow.yaml"))
struct SchemaTests {
    @Test func whatLoadsIsWhatTheSchemaAccepts() throws {
        let text = String(decoding: try Conformance.data("ows/schema/workflow.yaml"), as: UTF8.self)
        let schema = try JSONSchema(compiling: try JSONValue(yaml: text), assertsFormats: false)
        var random = SplitMix64(state: 1)
        var (looser, stricter, same) = (0, 0, 0)
        for source in try MutationTests.sources() {
            #expect(schema.validate(source).isEmpty)
            for pointer in MutationTests.pointers(of: source) {
                for mutant in MutationTests.mutants(of: source, at: pointer)
                where Int.random(in: 0..<32, using: &random) == 0 {
                    let (definition, diagnostics) = Definition.diagnose(mutant, catalog: catalog)
                    let isAccepted = schema.validate(mutant).isEmpty
                    if definition != nil, !isAccepted {
                        looser += 1
                        #expect(isLooserOnPurpose(pointer, mutant[pointer]), "\(pointer): \(mutant.serialized())")
                    } else if definition == nil, isAccepted {
                        stricter += 1
                        #expect(diagnostics.contains(where: isStricterOnPurpose), "\(diagnostics)")
                    } else {
                        same += 1
                    }
                }
            }
        }
        print("schema and loader agree on \(same) mutants; the loader is looser on \(looser), stricter on \(stricter)")
        #expect(same > 300)
    }

    /// Query parameters of any type (so the reference says), loops over lists of anything, and expressions (also
    /// unfinished ones, which are text) where the schema wants a number or a URI.
    private func isLooserOnPurpose(_ pointer: JSONPointer, _ value: JSONValue?) -> Bool {
        pointer.tokens.contains("query") || pointer.tokens.contains("in") || value?.string?.hasPrefix("${") == true
    }

    /// What only shows when one looks closer: names, expressions, JSON Schemas, methods, statuses and URIs; and unknown
    /// members of the document and of error filters, which the schema allows.
    private func isStricterOnPurpose(_ diagnostic: Diagnostic) -> Bool {
        let tokens = diagnostic.pointer.tokens
        return diagnostic.severity == .error
            && (diagnostic.code != .invalid || tokens.contains("schema") || tokens.contains("errors")
                || tokens.count == 1
                || ["method", "endpoint", "call", "set", "status"].contains(tokens.last))
    }
}
