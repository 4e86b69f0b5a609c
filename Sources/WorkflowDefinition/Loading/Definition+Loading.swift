package import JSON

extension Definition {
    /// Loads a definition from YAML or JSON text. Diagnostics carry lines and columns.
    package init(
        yaml text: String, catalog: FunctionCatalog, limits: DefinitionLimits = DefinitionLimits()
    ) throws(InvalidDefinition) {
        let (definition, diagnostics) = Definition.diagnose(text, catalog: catalog, limits: limits)
        guard let definition else { throw InvalidDefinition(diagnostics: diagnostics) }
        self = definition
    }

    /// Loads a definition that was parsed before, as a workflow's input carries it; the same as its text gave.
    package init(
        json value: JSONValue, catalog: FunctionCatalog, limits: DefinitionLimits = DefinitionLimits()
    ) throws(InvalidDefinition) {
        let (definition, diagnostics) = Definition.diagnose(value, catalog: catalog, limits: limits)
        guard let definition else { throw InvalidDefinition(diagnostics: diagnostics) }
        self = definition
    }

    /// Everything there is to say about a text, warnings included, in document order; no definition when any of it
    /// is an error.
    package static func diagnose(
        _ text: String, catalog: FunctionCatalog, limits: DefinitionLimits = DefinitionLimits()
    ) -> (definition: Definition?, diagnostics: [Diagnostic]) {
        do {
            return Loader.load(try YAMLReader.read(text, limits: limits), catalog: catalog, limits: limits)
        } catch {
            return (nil, [error])
        }
    }

    /// The same for a file's bytes, which may be no text.
    package static func diagnose(
        utf8 bytes: [UInt8], catalog: FunctionCatalog, limits: DefinitionLimits = DefinitionLimits()
    ) -> (definition: Definition?, diagnostics: [Diagnostic]) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return (nil, [Diagnostic(.syntax, "no UTF-8 text; save the file as UTF-8", at: .root)])
        }
        return diagnose(text, catalog: catalog, limits: limits)
    }

    /// The same for a value; lines and columns stay nil.
    package static func diagnose(
        _ value: JSONValue, catalog: FunctionCatalog, limits: DefinitionLimits = DefinitionLimits()
    ) -> (definition: Definition?, diagnostics: [Diagnostic]) {
        do {
            return Loader.load(try SourceDocument(value, limits: limits), catalog: catalog, limits: limits)
        } catch {
            return (nil, [error])
        }
    }
}
