internal import Foundation
package import JSON
internal import WorkflowDefinition

/// The API's description (OpenAPI 3.1), as it is served and as tests hold it against the routes and their answers.
package struct OpenAPIDocument: Sendable {
    /// As its author wrote it.
    package let yaml: [UInt8]
    package let json: JSONValue
    private let paths: [(pattern: [Substring], methods: [String])]

    /// Throws where the text is no YAML.
    package init(yaml: [UInt8]) throws {
        self.yaml = yaml
        json = try JSONValue(yaml: String(decoding: yaml, as: UTF8.self))
        paths = (json["paths"]?.object ?? [:]).map { path, item in
            let methods = (item.object?.keys ?? []).filter(Self.methods.contains).map { $0.uppercased() }
            return (path.split(separator: "/"), methods)
        }
    }

    /// `openapi.yaml`, embedded in the program. A test reads it, so that a program whose description is broken is not
    /// built; should it happen, it describes nothing.
    package static let served =
        (try? OpenAPIDocument(yaml: PackageResources.openapi_yaml)) ?? OpenAPIDocument()

    private init() {
        yaml = []
        json = .object([:])
        paths = []
    }

    /// What a path takes, in the document's order: `GET`, `POST`; empty for one that is not described.
    package func methods(of path: String) -> [String] {
        let parts = path.split(separator: "/")
        func fits(_ pattern: [Substring], exactly: Bool) -> Bool {
            pattern.count == parts.count
                && zip(pattern, parts).allSatisfy { $0 == $1 || (!exactly && $0.hasPrefix("{")) }
        }
        let found = paths.first { fits($0.pattern, exactly: true) } ?? paths.first { fits($0.pattern, exactly: false) }
        return found?.methods ?? []
    }

    package static let methods: Set<String> = ["get", "put", "post", "delete", "patch"]
}
