package import Foundation

/// Why a call may not be made.
package enum LedgerRefusal: Error, Sendable, Hashable {
    case budget(BudgetRefusal)
    /// A rate or a number at once. `retryAfter`: when there is room again; nil where nobody knows, or never.
    case limit(name: String, retryAfter: Duration?)
}

/// A hard budget that has no room for a call.
package struct BudgetRefusal: Sendable, Hashable, CustomStringConvertible {
    package let budget: Budget
    /// The most that the call may take.
    package let asked: Int64
    package let used: Int64
    package let reserved: Int64
    package let resetsAt: Date

    package var remaining: Int64 { max(0, budget.terms.cap - min(used + reserved, budget.terms.cap)) }

    /// Safe to show to a tenant: a budget over all tenants is named without its figures.
    package var description: String {
        let reset = resetsAt.formatted(.iso8601)
        guard budget.tenantID != .zero else {
            return "the operator's AI budget of this \(budget.terms.period.rawValue) is used up until \(reset)"
        }
        return "the \(budget.terms.period.rawValue)'s AI budget of \(amount(budget.terms.cap)) has "
            + "\(amount(remaining)) left, and the call may take \(amount(asked)); it begins again at \(reset)"
    }

    private func amount(_ value: Int64) -> String {
        switch budget.terms.unit {
        case .tokens: "\(value) tokens"
        case .microdollars:
            "$\(value / 1_000_000).\(String(1_000_000 + value % 1_000_000).dropFirst())"
        }
    }
}
