package import Foundation

/// What a tenant may ask of AI; ordered.
package enum Tier: String, Sendable, CaseIterable, Comparable, DatabaseConvertible {
    case basic, premium, enterprise

    package static func < (a: Tier, b: Tier) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .basic: 0
        case .premium: 1
        case .enterprise: 2
        }
    }
}

package struct Tenant: Sendable, Hashable {
    package let id: UUID
    package let name: String
    package let tier: Tier
    package let createdAt: Date

    package init(id: UUID, name: String, tier: Tier, createdAt: Date) {
        self.id = id
        self.name = name
        self.tier = tier
        self.createdAt = createdAt
    }
}

extension Tenant {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        name = try row.get("name")
        tier = try row.get("tier")
        createdAt = try row.get("created_at")
    }
}
