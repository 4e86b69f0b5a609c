import Crypto
import CryptoExtras
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Synchronization

/// Issues tokens (JWT) and serves its keys, as an identity provider does. Signs by itself, not by what the service verifies
/// with.
final class TokenIssuer: Sendable {
    enum SigningKey: Sendable {
        case rs256(_RSA.Signing.PrivateKey)
        case ps256(_RSA.Signing.PrivateKey)
        case es256(P256.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)

        var algorithm: String {
            switch self {
            case .rs256: "RS256"
            case .ps256: "PS256"
            case .es256: "ES256"
            case .ed25519: "EdDSA"
            }
        }

        func sign(_ text: String) throws -> Data {
            let data = Data(text.utf8)
            switch self {
            case .rs256(let key): return try key.signature(for: data, padding: .insecurePKCS1v1_5).rawRepresentation
            case .ps256(let key): return try key.signature(for: data, padding: .PSS).rawRepresentation
            case .es256(let key): return try key.signature(for: data).rawRepresentation
            case .ed25519(let key): return try key.signature(for: data)
            }
        }

        func jwk(_ id: String) throws -> JSONValue {
            var members: JSONObject = ["kid": .string(id), "use": "sig", "alg": .string(algorithm)]
            switch self {
            case .rs256(let key), .ps256(let key):
                let primitives = try key.publicKey.getKeyPrimitives()
                members["kty"] = "RSA"
                members["n"] = .string(primitives.modulus.base64URL)
                members["e"] = .string(primitives.publicExponent.base64URL)
            case .es256(let key):
                let point = key.publicKey.rawRepresentation
                members["kty"] = "EC"
                members["crv"] = "P-256"
                members["x"] = .string(point.prefix(32).base64URL)
                members["y"] = .string(point.suffix(32).base64URL)
            case .ed25519(let key):
                members["kty"] = "OKP"
                members["crv"] = "Ed25519"
                members["x"] = .string(key.publicKey.rawRepresentation.base64URL)
            }
            return .object(members)
        }
    }

    static let issuer = "https://issuer.test"
    static let audience = "workflow-service-test"

    private let published = Mutex<[(String, SigningKey)]>([])
    private let fetchCount = Mutex(0)
    private let portBox = Mutex(0)

    var port: Int { portBox.withLock { $0 } }
    /// How often its keys were asked for.
    var fetches: Int { fetchCount.withLock { $0 } }

    var environment: [String: String] {
        [
            "WORKFLOW_TOKENS_ISSUER": Self.issuer, "WORKFLOW_TOKENS_AUDIENCE": Self.audience,
            "WORKFLOW_TOKENS_KEYS": "http://127.0.0.1:\(port)/jwks", "WORKFLOW_TOKENS_ROLES_CLAIM": "access.roles",
        ]
    }

    func publish(_ id: String, _ key: SigningKey) { published.withLock { $0.append((id, key)) } }

    /// - Parameter claims: take the place of the usual ones; null removes one.
    func token(
        _ id: String, _ key: SigningKey, tenant: String, role: String = "viewer", claims: JSONObject = [:],
        header: JSONObject = [:]
    ) throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let usual: JSONObject = [
            "iss": .string(Self.issuer), "aud": [.string(Self.audience), "others"], "sub": "alice",
            "iat": .integer(now), "nbf": .integer(now), "exp": .integer(now + 300), "tenant_id": .string(tenant),
            "access": ["roles": ["unheard-of", .string(role)]],
        ]
        let head: JSONObject = ["alg": .string(key.algorithm), "typ": "JWT", "kid": .string(id)]
        let text = Self.part(head, header) + "." + Self.part(usual, claims)
        return try text + "." + key.sign(text).base64URL
    }

    /// The same token with another header, claims or signature.
    static func part(_ object: JSONObject, _ changes: JSONObject = [:]) -> String {
        var object = object
        for (name, value) in changes { object[name] = value.isNull ? nil : value }
        return Data(JSONValue.object(object).serialized().utf8).base64URL
    }

    static func with<Result: Sendable>(_ body: @Sendable (TokenIssuer) async throws -> Result) async throws -> Result {
        let issuer = TokenIssuer()
        let router = Router()
        router.get("jwks") { _, _ in
            issuer.fetchCount.withLock { $0 += 1 }
            let keys = try issuer.published.withLock { try $0.map { try $0.1.jwk($0.0) } }
            return JSONValue.object(["keys": .array(keys)]).serialized()
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "issuer") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let bound = await iterator.next() ?? 0
            issuer.portBox.withLock { $0 = bound }
            defer { group.cancelAll() }
            return try await body(issuer)
        }
    }
}

extension Data {
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
