package import JSON

extension JSONValue {
    /// The value of a YAML (or JSON) text, within the bounds that definitions have; see `YAMLReader` for what is refused.
    package init(yaml text: String, limits: DefinitionLimits = DefinitionLimits()) throws(Diagnostic) {
        self = try YAMLReader.read(text, limits: limits).value
    }
}
