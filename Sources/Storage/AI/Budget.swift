package import Foundation

/// What a budget says: so much at most of a unit, in each period, for what its scope takes in.
package struct BudgetTerms: Sendable, Hashable {
    /// nil: all templates, and calls outside any workflow.
    package var template: String?
    /// nil: all environments.
    package var environment: String?
    package var period: BudgetPeriod
    package var unit: BudgetUnit
    /// Micro-dollars or tokens.
    package var cap: Int64
    /// A hard budget refuses what does not fit; a soft one only tells.
    package var isHard: Bool

    package init(
        template: String? = nil, environment: String? = nil, period: BudgetPeriod, unit: BudgetUnit = .microdollars,
        cap: Int64, isHard: Bool = true
    ) {
        self.template = template
        self.environment = environment
        self.period = period
        self.unit = unit
        self.cap = cap
        self.isHard = isHard
    }
}

package enum BudgetUnit: String, Sendable, Hashable, CaseIterable, DatabaseConvertible {
    case microdollars
    /// Input and output together.
    case tokens
}

/// Days and months of UTC.
package enum BudgetPeriod: String, Sendable, Hashable, CaseIterable, DatabaseConvertible {
    case day
    case month

    /// The period that holds `date`.
    package func interval(containing date: Date) -> DateInterval {
        let component: Calendar.Component =
            switch self {
            case .day: .day
            case .month: .month
            }
        return Self.calendar.dateInterval(of: component, for: date) ?? DateInterval(start: date, duration: 0)
    }

    private static let calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()
}

/// A budget that was set. Two on the same scope, one set by the tenant and one by the operator, both hold.
package struct Budget: Sendable, Hashable {
    package enum Setter: String, Sendable, Hashable, DatabaseConvertible {
        case tenant
        case `operator`
    }

    package let id: UUID
    /// Whose calls count; the nil id: everybody's.
    package let tenantID: UUID
    package let terms: BudgetTerms
    /// A tenant cannot change what the operator set for it.
    package let setBy: Setter
    package let createdAt: Date
    package let updatedAt: Date
}

/// A budget, and where it stands in the period that is now.
package struct BudgetStanding: Sendable, Hashable {
    package let budget: Budget
    package let used: Int64
    /// Promised to calls that are under way, at their maximum.
    package let reserved: Int64
    package let resetsAt: Date

    package var remaining: Int64 { max(0, budget.terms.cap - min(used + reserved, budget.terms.cap)) }
}

extension Budget {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.get("tenant_id")
        let (template, environment): (String, String) = (try row.get("template"), try row.get("environment"))
        terms = BudgetTerms(
            template: template.isEmpty ? nil : template, environment: environment.isEmpty ? nil : environment,
            period: try row.get("period"), unit: try row.get("unit"), cap: try row.get("cap"),
            isHard: try row.get("hard"))
        setBy = try row.get("set_by")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }

    /// Whether a call counts against it.
    func takesIn(tenant: UUID, template: String?, environment: String?) -> Bool {
        (tenantID == .zero || tenantID == tenant) && (terms.template == nil || terms.template == template)
            && (terms.environment == nil || terms.environment == environment)
    }
}
