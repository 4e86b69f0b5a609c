package import Foundation

/// Which tokens (JWT) are credentials here.
package struct TokenConfiguration: Sendable {
    package enum KeySource: Sendable {
        case file(URL)
        /// https; http on this machine only.
        case url(String)
    }

    /// Must equal the claim `iss`.
    package var issuer: String
    /// Must be in the claim `aud`.
    package var audience: String
    /// A JSON Web Key Set.
    package var keys: KeySource
    /// The claim that names the tenant, by id or by name. Where no claim has the name, its dots lead into objects.
    package var tenantClaim = "tenant_id"
    /// The claim that names roles: a text or a list; the strongest known one counts.
    package var rolesClaim = "roles"
    /// How far the clocks of the issuer and of this machine may differ, in seconds.
    package var leeway: TimeInterval = 30

    package init(issuer: String, audience: String, keys: KeySource) {
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
    }
}
