/// How often a call may be made, shared by all processes through the database.
package struct CounterLimit: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Counted when the call is let through.
        case requestsPerMinute = "requests"
        /// Reserved at `amount`, counted as what the call took.
        case tokensPerMinute = "tokens"
        /// Held until the call is settled.
        case atOnce = "at_once"
    }

    /// `rate/openai/gpt-6-luna/requests`; what belongs to a tenant begins with its id and `/`, so that it goes when the
    /// tenant is erased. At most 300 characters.
    package var name: String
    package var kind: Kind
    package var amount: Int64
    package var cap: Int64

    package init(name: String, kind: Kind, amount: Int64 = 1, cap: Int64) {
        self.name = name
        self.kind = kind
        self.amount = amount
        self.cap = cap
    }
}
