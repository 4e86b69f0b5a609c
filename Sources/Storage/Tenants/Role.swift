/// What a caller may do; every route names the one that it needs.
package enum Scope: String, Sendable, CaseIterable {
    case templatesRead = "templates:read"
    case templatesWrite = "templates:write"
    case executionsRead = "executions:read"
    case executionsStart = "executions:start"
    /// Cancel, terminate, pause, resume.
    case executionsOperate = "executions:operate"
    case schedulesWrite = "schedules:write"
    case documentsRead = "documents:read"
    case documentsWrite = "documents:write"
    case usageRead = "usage:read"
    /// Spends the tenant's money on one AI operation (`POST /workflows/ai/test`).
    case aiTest = "ai:test"
    /// Switches of enhancement points, the cache of answers.
    case aiWrite = "ai:write"
    case budgetsWrite = "budgets:write"
    case webhooksWrite = "webhooks:write"
    case secretsWrite = "secrets:write"
    case keysWrite = "keys:write"
    case auditRead = "audit:read"
    case tenantAdmin = "tenant:admin"
}

/// A named set of scopes; each role holds those before it.
package enum Role: String, Sendable, CaseIterable, Comparable, DatabaseConvertible {
    /// Reads everything of the tenant but its audit log.
    case viewer
    /// Writes templates and executes them, tries AI operations.
    case author
    /// Steers executions, schedules, webhooks and enhancement points.
    case `operator`
    /// Everything, keys and secrets included.
    case admin

    package var scopes: Set<Scope> {
        switch self {
        case .viewer: [.templatesRead, .executionsRead, .documentsRead, .usageRead]
        case .author: Role.viewer.scopes.union([.templatesWrite, .executionsStart, .documentsWrite, .aiTest])
        case .operator: Role.author.scopes.union([.executionsOperate, .schedulesWrite, .webhooksWrite, .aiWrite])
        case .admin: Set(Scope.allCases)
        }
    }

    /// nil: not narrowed.
    func scopes(narrowedTo narrower: Set<Scope>?) -> Set<Scope> { narrower.map(scopes.intersection) ?? scopes }

    package static func < (a: Role, b: Role) -> Bool { a.scopes.isStrictSubset(of: b.scopes) }
}
