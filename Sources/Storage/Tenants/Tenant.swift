package import Foundation
package import JSON

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
    /// What the operator set; the tier's defaults stand for the rest.
    package let limitSettings: JSONObject
    /// What it set for enhancement points.
    package let points: PointSettings
    package let createdAt: Date
    /// Refused at the door; what runs goes on.
    package let suspendedAt: Date?
    /// Being erased: there is no way back.
    package let erasingAt: Date?

    package init(
        id: UUID, name: String, tier: Tier, limitSettings: JSONObject = [:], points: PointSettings = .init(),
        createdAt: Date,
        suspendedAt: Date? = nil, erasingAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.tier = tier
        self.limitSettings = limitSettings
        self.points = points
        self.createdAt = createdAt
        self.suspendedAt = suspendedAt
        self.erasingAt = erasingAt
    }

    package var limits: TenantLimits { TenantLimits(tier: tier, settings: limitSettings) }

    package enum Status: String, Sendable { case active, suspended, erasing }

    package var status: Status {
        if erasingAt != nil { return .erasing }
        return suspendedAt == nil ? .active : .suspended
    }
}

extension Tenant {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        name = try row.get("name")
        tier = try row.get("tier")
        limitSettings = try row.get("limits", as: JSONValue.self).object ?? [:]
        points = PointSettings(try row.get("ai", as: JSONValue.self))
        createdAt = try row.get("created_at")
        suspendedAt = try row.optional("suspended_at")
        erasingAt = try row.optional("erasing_at")
    }
}
