import Foundation
import HTTPTypes
import JSON
import Storage

/// The body of a request for a new key: `{name, role, scopes?, expires_at? | expires_in?}`.
struct KeyRequest {
    let key: NewAPIKey

    static let members = ["name", "role", "scopes", "expires_at", "expires_in"]
    /// Seconds.
    private static let lifetimes: ClosedRange<Int64> = 1...(10 * 365 * 86_400)

    init(_ body: JSONObject, now: Date = Date()) throws {
        try body.refuseUnknown(besides: Self.members)
        let name = try body.member("name", "string", \.string) ?? ""
        guard (1...255).contains(name.unicodeScalars.count) else {
            throw Problem.invalidMember("name", "name is required and has 1 to 255 characters.")
        }
        let roleName = try body.member("role", "string", \.string) ?? ""
        guard let role = Role(rawValue: roleName) else {
            throw Problem.invalidMember(
                "role", "role is required: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        key = NewAPIKey(
            name: name, role: role, scopes: try Self.scopes(body, role), expiresAt: try Self.expiry(body, now))
    }

    /// What the store refuses, in the words of the API.
    static func translating<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as StorageError where error.code == .tooLarge {
            throw Problem.conflict("too_many_keys", error.message)
        } catch let error as StorageError where error.code == .constraint {
            throw Problem.invalidMember("name", error.message)
        }
    }

    private static func scopes(_ body: JSONObject, _ role: Role) throws -> Set<Scope>? {
        guard let names = try body.member("scopes", "array", \.array) else { return nil }
        var scopes: Set<Scope> = []
        for name in names {
            guard let scope = name.string.flatMap(Scope.init) else {
                throw Problem.invalidMember(
                    "scopes", "scopes are of \(Scope.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            guard role.scopes.contains(scope) else {
                throw Problem.invalidMember("scopes", "The role \(role.rawValue) does not hold \(scope.rawValue).")
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private static func expiry(_ body: JSONObject, _ now: Date) throws -> Date? {
        if let text = try body.member("expires_at", "string", \.string) {
            guard body["expires_in"]?.isNull ?? true else {
                throw Problem.invalidMember("expires_in", "Give expires_at or expires_in, not both.")
            }
            guard let date = Date(iso8601: text), date > now else {
                throw Problem.invalidMember("expires_at", "expires_at is a time to come: 2027-01-31T00:00:00Z.")
            }
            return date
        }
        guard let seconds = try body.member("expires_in", "integer", \.integer) else { return nil }
        guard lifetimes.contains(seconds) else {
            throw Problem.invalidMember("expires_in", "expires_in is 1 to \(lifetimes.upperBound) seconds.")
        }
        return now.addingTimeInterval(Double(seconds))
    }
}

extension Date {
    /// With or without fractions of a second; years to 9999.
    init?(iso8601 text: String) {
        guard text.utf8.count <= 40 else { return nil }
        let date =
            (try? Date(text, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: .iso8601))
        guard let date, date.timeIntervalSince1970 > 0, date.timeIntervalSince1970 < 253_402_300_800 else { return nil }
        self = date
    }
}
