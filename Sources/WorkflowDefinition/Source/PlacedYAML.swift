package import JSON

/// A YAML (or JSON) text that is no definition, with the lines its parts stand on: a configuration file.
package struct PlacedYAML: Sendable {
    package let value: JSONValue
    private let map: SourceMap?

    package init(_ text: String, limits: DefinitionLimits = DefinitionLimits()) throws(Diagnostic) {
        let document = try YAMLReader.read(text, limits: limits)
        (value, map) = (document.value, document.map)
    }

    /// The line of a member's name, counted from 1; nil where there is no such member.
    package func line(of path: [String]) -> Int? {
        var (value, map) = (value, map)
        for name in path {
            guard let position = value.object?.position(of: name) else { return nil }
            (value, map) = (value[name] ?? .null, map?.children[position])
        }
        return (map?.key ?? map?.value)?.line
    }
}
