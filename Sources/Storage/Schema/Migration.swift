/// One forward step of the schema, frozen once released: a changed schema is a new migration.
package struct Migration: Sendable {
    package let version: Int
    package let name: String
    /// SQL text per dialect; holds no application type.
    package let script: [Dialect: String]

    package init(version: Int, name: String, script: [Dialect: String]) {
        self.version = version
        self.name = name
        self.script = script
    }

    /// All of them, in order.
    package static let all = [initialSchema, serviceSchema, aiSchema, settingsSchema]
}
