import JSON
import JWTKit

/// The public keys of a JSON Web Key Set, by key id and algorithm. Keys for encryption, with other algorithms, or that
/// cannot be read are left out.
struct TokenKeys: Sendable {
    /// What a token may be signed with: no HMAC, so that no public key passes for a shared one; never `none`.
    enum Algorithm: String, Sendable, CaseIterable {
        case rs256 = "RS256"
        case ps256 = "PS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }

    private struct Name: Hashable {
        var id: String
        var algorithm: Algorithm
    }

    /// One collection a key: JWTKit falls back to a default key within one.
    private var keys: [Name: JWTKeyCollection] = [:]
    private static let limit = 100

    init() {}

    init(_ set: JSONValue) async {
        for key in (set["keys"]?.array ?? []).prefix(Self.limit) {
            guard key["use"]?.string ?? "sig" == "sig", let id = key["kid"]?.string else { continue }
            for algorithm in Algorithm.allCases where key["alg"]?.string.map({ $0 == algorithm.rawValue }) ?? true {
                guard let jwk = Self.jwk(key, id, algorithm),
                    let collection = try? await JWTKeyCollection().add(jwk: jwk)
                else { continue }
                keys[Name(id: id, algorithm: algorithm)] = collection
            }
        }
    }

    var isEmpty: Bool { keys.isEmpty }

    subscript(id: String, algorithm: Algorithm) -> JWTKeyCollection? {
        keys[Name(id: id, algorithm: algorithm)]
    }

    private static func jwk(_ key: JSONValue, _ id: String, _ algorithm: Algorithm) -> JWK? {
        let identifier = JWKIdentifier(string: id)
        func text(_ name: String) -> String? { key[name]?.string }
        switch (algorithm, text("kty"), text("crv")) {
        case (.rs256, "RSA", _):
            return .rsa(.rs256, identifier: identifier, modulus: text("n"), exponent: text("e"))
        case (.ps256, "RSA", _):
            return .rsa(.ps256, identifier: identifier, modulus: text("n"), exponent: text("e"))
        case (.es256, "EC", "P-256"):
            return .ecdsa(.es256, identifier: identifier, x: text("x"), y: text("y"), curve: .p256)
        case (.edDSA, "OKP", "Ed25519"):
            return .octetKeyPair(.eddsa, identifier: identifier, x: text("x"), y: nil, curve: .ed25519)
        default: return nil
        }
    }
}
