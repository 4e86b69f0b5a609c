import Foundation
import HTTPTypes
import JSON
import JWTKit
package import Logging
import Storage

/// Tells from a token (JWT) who calls: signature, issuer, audience and times are checked, claims name tenant and role.
package struct TokenVerifier: Sendable {
    let configuration: TokenConfiguration
    let keys: TokenKeySource

    package init(_ configuration: TokenConfiguration, logger: Logger) {
        self.configuration = configuration
        keys = TokenKeySource(configuration.keys, logger: logger)
    }

    /// Keys of ours have no dots.
    static func isToken(_ credential: String) -> Bool {
        !credential.hasPrefix("wfs_") && credential.utf8.filter { $0 == UInt8(ascii: ".") }.count == 2
    }

    /// The caller and the token's end.
    ///
    /// Throws 401 for a token that is not valid, 403 for one that names no tenant or role of this service, 503 while the
    /// issuer's keys are not known.
    func principal(
        of token: String, tenants: TenantStore, now: Date = Date()
    ) async throws -> (Principal, expiresAt: Date) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]) else { throw Problem.invalidToken("it is malformed") }
        try await verify(token, header)
        // Decoded only now that its issuer is known.
        guard let claims = Self.json(parts[1]) else { throw Problem.invalidToken("its claims are no JSON object") }
        let end = try checkedTimes(claims, now)
        guard claims["iss"]?.string == configuration.issuer else {
            throw Problem.invalidToken("another issuer made it")
        }
        guard Self.texts(claims["aud"]).contains(configuration.audience) else {
            throw Problem.invalidToken("it is made for another audience")
        }
        guard let subject = claims["sub"]?.string, !subject.isEmpty else {
            throw Problem.invalidToken("it names no subject")
        }
        let tenant = try await tenant(claims, tenants)
        guard let role = Self.texts(claim(configuration.rolesClaim, claims)).compactMap(Role.init).max() else {
            throw Problem.noAccess("The token's claim \(configuration.rolesClaim) names no role of this service.")
        }
        let principal = Principal(
            tenant: tenant, id: UUID(derivedFrom: configuration.issuer, subject), scopes: role.scopes,
            name: "token \(subject.prefix(200))")
        return (principal, end)
    }

    private func verify(_ token: String, _ header: JSONValue) async throws {
        guard let algorithm = header["alg"]?.string.flatMap(TokenKeys.Algorithm.init) else {
            throw Problem.invalidToken(
                "it is signed with none of \(TokenKeys.Algorithm.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        // An extension that must be understood (RFC 7515 §4.1.11) is not.
        guard header["crit"] == nil else { throw Problem.invalidToken("it needs an extension") }
        guard let id = header["kid"]?.string else { throw Problem.invalidToken("it does not name its key (kid)") }
        var known = await keys.current
        if known[id, algorithm] == nil { known = await keys.refreshed() }
        guard let key = known[id, algorithm] else {
            guard !known.isEmpty else {
                throw Problem(
                    status: .serviceUnavailable, code: "token_keys_unavailable", title: "Keys unavailable",
                    detail: "The keys of the tokens' issuer are not known yet. Try again.", headers: [.retryAfter: "10"]
                )
            }
            throw Problem.invalidToken("no key of the issuer has its key id and algorithm")
        }
        do {
            _ = try await key.verify(token, as: SignedOnly.self)
        } catch {
            throw Problem.invalidToken("its signature is wrong")
        }
    }

    private func checkedTimes(_ claims: JSONValue, _ now: Date) throws -> Date {
        func time(_ name: String) throws -> Date? {
            guard let value = claims[name] else { return nil }
            guard let seconds = value.double, abs(seconds) < 253_402_300_800 else {
                throw Problem.invalidToken("its claim \(name) is no time")
            }
            return Date(timeIntervalSince1970: seconds)
        }
        guard let end = try time("exp") else { throw Problem.invalidToken("it has no end (exp)") }
        guard end > now.addingTimeInterval(-configuration.leeway) else { throw Problem.invalidToken("it has expired") }
        let soon = now.addingTimeInterval(configuration.leeway)
        for name in ["nbf", "iat"] {
            if let start = try time(name), start > soon { throw Problem.invalidToken("it is not valid yet") }
        }
        return end.addingTimeInterval(configuration.leeway)
    }

    private func tenant(_ claims: JSONValue, _ tenants: TenantStore) async throws -> Tenant {
        guard let name = claim(configuration.tenantClaim, claims)?.string, (1...255).contains(name.utf8.count) else {
            throw Problem.noAccess("The token's claim \(configuration.tenantClaim) names no tenant.")
        }
        let tenant =
            if let id = UUID(uuidString: name) { try await tenants.get(id) } else {
                try await tenants.get(named: name)
            }
        guard let tenant else { throw Problem.noAccess("The token names a tenant that this service does not have.") }
        return tenant
    }

    private func claim(_ name: String, _ claims: JSONValue) -> JSONValue? {
        if let claim = claims[name] { return claim }
        var claim: JSONValue? = claims
        for part in name.split(separator: ".") { claim = claim?[String(part)] }
        return claim
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        value?.string.map { [$0] } ?? (value?.array ?? []).prefix(1_000).compactMap(\.string)
    }

    private static func json(_ part: Substring) -> JSONValue? {
        guard let bytes = Data(base64URL: String(part)), let value = try? JSONValue(parsing: [UInt8](bytes)),
            value.object != nil
        else { return nil }
        return value
    }

    /// Claims are checked above: names of some are configurable.
    private struct SignedOnly: JWTPayload {
        init(from decoder: any Decoder) {}
        func encode(to encoder: any Encoder) {}
        func verify(using algorithm: some JWTAlgorithm) {}
    }
}

extension Problem {
    /// RFC 6750 §3.
    static func invalidToken(_ why: String) -> Problem {
        Problem(
            status: .unauthorized, code: "invalid_token", title: "Invalid token",
            detail: "The token is not accepted: \(why).",
            headers: [.wwwAuthenticate: #"Bearer error="invalid_token", error_description="\#(why)""#])
    }

    static func noAccess(_ detail: String) -> Problem {
        Problem(status: .forbidden, code: "no_access", title: "No access", detail: detail)
    }
}
