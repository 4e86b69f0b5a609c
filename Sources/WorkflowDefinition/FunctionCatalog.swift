package import JSON

/// What `call:` may name besides `http` and `activity`: the functions of the default catalogue.
///
/// It is passed in, because this room knows no activity.
package struct FunctionCatalog: Sendable {
    package struct Function: Sendable {
        package var name: String
        /// Every version that can be asked for by `name:version`; the bare name means whichever is current.
        package var versions: [String]
        /// What `with` must look like.
        package var with: JSONSchema?
        /// Whether the call may cost money and may fail for reasons of its own: it belongs in an enhancement point.
        package var isAI: Bool

        package init(name: String, versions: [String], with: JSONSchema? = nil, isAI: Bool = false) {
            self.name = name
            self.versions = versions
            self.with = with
            self.isAI = isAI
        }
    }

    package var functions: [Function]

    package init(_ functions: [Function] = []) { self.functions = functions }

    package subscript(name: String) -> Function? { functions.first { $0.name == name } }
}
