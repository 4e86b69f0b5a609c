import AsyncHTTPClient
import Crypto
import CryptoExtras
import Foundation
import HTTPAPI
import JSON
import NIOCore
import NIOHTTP1
import Storage
import TestSupport
import Testing

extension RunningService {
    /// The operator's key, as its file holds it.
    var operatorKey: String {
        get throws {
            try String(contentsOf: data.appendingPathComponent("operator-key"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue?, key: String?) async throws -> Answer {
        try await send(
            method, path, headers: body == nil ? [:] : ["Content-Type": "application/json"],
            body: body.map { .bytes(ByteBuffer(string: $0.serialized())) }, key: key)
    }

    /// Over the API, with the operator's key.
    func newTenant(_ name: String, _ members: JSONObject = [:]) async throws -> (id: String, key: String) {
        var body = members
        body["name"] = .string(name)
        let answer = try await send(.POST, "/tenants", .object(body), key: try operatorKey)
        try #require(answer.status == 201, "\(answer)")
        return (answer["tenant"]?["id"]?.string ?? "", answer["key"]?["key"]?.string ?? "")
    }

    func newKey(_ body: JSONValue, key: String) async throws -> Answer {
        try await send(.POST, "/keys", body, key: key)
    }
}

extension SharedService {
    /// Tenants, keys, roles, tokens, limits and the audit log, over the API.
    @Suite struct Access {
        @Test func tenantsAreTheOperatorsAlone() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("mine-\(UUID())", ["tier": "premium"])
            for (method, path) in [
                (HTTPMethod.GET, "/tenants"), (.POST, "/tenants"), (.GET, "/tenants/\(tenant.id)"),
                (.PATCH, "/tenants/\(tenant.id)"), (.POST, "/tenants/\(tenant.id)/keys"),
            ] {
                for key in [tenant.key, nil, "wfo_" + String(repeating: "A", count: 43)] {
                    #expect(try await service.send(method, path, ["name": "x"], key: key).status == 401)
                }
            }
            let shown = try await service.send(.GET, "/tenants/\(tenant.id)", nil, key: try service.operatorKey)
            #expect(shown["tier"] == "premium" && shown["status"] == "active")
            let own = try await service.get("/tenant", key: tenant.key)
            #expect(own.id == tenant.id && own["concurrent_executions"] == 0)
            let taken = try await service.send(
                .POST, "/tenants", ["name": shown["name"] ?? .null], key: try service.operatorKey)
            #expect(taken.status == 409 && taken["code"] == "tenant_conflict")
        }

        @Test func everyTenantIsListedOnceOverThePages() async throws {
            let service = try SharedService.service
            var made: Set<String> = []
            for index in 0..<3 { made.insert(try await service.newTenant("page-\(index)-\(UUID())").id) }
            var seen: [String] = []
            var cursor: String?
            repeat {
                let path = "/tenants?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await service.send(.GET, path, nil, key: try service.operatorKey)
                seen += (page["tenants"]?.array ?? []).compactMap { $0["id"]?.string }
                cursor = page["next_cursor"]?.string
            } while cursor != nil
            #expect(made.isSubset(of: seen) && Set(seen).count == seen.count)
        }

        @Test func aSuspendedTenantIsRefusedUntilItIsResumed() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("suspended-\(UUID())")
            #expect(try await service.get("/executions", key: tenant.key).status == 200)
            let path = "/tenants/\(tenant.id)"
            #expect(
                try await service.send(.PATCH, path, ["suspended": true], key: try service.operatorKey)["status"]
                    == "suspended")
            try await eventually { try await service.get("/executions", key: tenant.key).status == 403 }
            #expect(try await service.get("/executions", key: tenant.key)["code"] == "tenant_suspended")
            _ = try await service.send(.PATCH, path, ["suspended": false], key: try service.operatorKey)
            try await eventually(timeout: .seconds(10)) {
                try await service.get("/executions", key: tenant.key).status == 200
            }
        }

        @Test func noKeyMakesAStrongerOne() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("strong-\(UUID())")
            let weak = try await service.newKey(
                ["name": "keys only", "role": "admin", "scopes": ["keys:write", "executions:read"]], key: tenant.key)
            let weakKey = try #require(weak["key"]?.string)
            let refused = try await service.newKey(["name": "x", "role": "viewer"], key: weakKey)
            #expect(refused.status == 403 && refused["code"] == "stronger_key")
            let same = try await service.newKey(
                ["name": "x", "role": "viewer", "scopes": ["executions:read"]], key: weakKey)
            #expect(same.status == 201 && same["scopes"] == ["executions:read"])
            // Nor does it take a strong one's place.
            let first = try #require(try await service.get("/keys", key: tenant.key)["keys"]?[0]?["id"]?.string)
            let rotated = try await service.send(.POST, "/keys/\(first)/rotate", nil, key: weakKey)
            #expect(rotated.status == 403 && rotated["code"] == "stronger_key")
            let wider = try await service.newKey(
                ["name": "x", "role": "viewer", "scopes": ["keys:write"]], key: tenant.key)
            #expect(wider.status == 422)
        }

        /// As the schema counts: code points.
        @Test(arguments: [(100, 422), (37, 422), (36, 201)])
        func namesOfSeveralCodePointsACharacterAreCountedWhole(count: Int, status: Int) async throws {
            let tenant = try await SharedService.service.newTenant("emoji-\(UUID())")
            let made = try await SharedService.service.newKey(
                ["name": .string(String(repeating: "👨‍👩‍👧‍👦", count: count)), "role": "viewer"], key: tenant.key)
            #expect(made.status == status, "\(made)")
        }

        @Test func keysThatWorkAreBoundedAndAllAreListedOverThePages() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("many-\(UUID())")
            let viewer: JSONValue = ["name": "one of many", "role": "viewer"]
            var made: Set<String> = []
            for _ in 1..<APIKeyStore.limit { made.insert(try await service.newKey(viewer, key: tenant.key).id) }
            #expect(made.count == APIKeyStore.limit - 1)
            let refused = try await service.newKey(viewer, key: tenant.key)
            #expect(refused.status == 409 && refused["code"] == "too_many_keys", "\(refused)")
            let one = try #require(made.first)
            let rotation = "/keys/\(one)/rotate"
            #expect(try await service.send(.POST, rotation, ["overlap": 60], key: tenant.key).status == 409)
            #expect(try await service.send(.POST, rotation, ["overlap": 0], key: tenant.key).status == 201)
            let byOperator = try await service.send(
                .POST, "/tenants/\(tenant.id)/keys", viewer, key: try service.operatorKey)
            #expect(byOperator.status == 201, "\(byOperator)")
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await service.get(
                    "/keys?limit=90" + (cursor.map { "&cursor=\($0)" } ?? ""), key: tenant.key)
                seen += (page["keys"]?.array ?? []).compactMap { $0["id"]?.string }
                cursor = page["next_cursor"]?.string
            } while cursor != nil
            #expect(seen.count == APIKeyStore.limit + 2 && made.isSubset(of: seen) && Set(seen).count == seen.count)
            #expect(try await service.get("/keys?cursor=abc", key: tenant.key).status == 400)
        }

        @Test func aDocumentThatIsDeletedIsGone() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("documents-\(UUID())")
            let id = try await service.upload(Data("A text.".utf8), "text/plain", key: tenant.key)
            let path = "/documents/\(id)"
            #expect(try await service.send(.DELETE, path, nil, key: tenant.key).status == 204)
            #expect(try await service.send(.DELETE, path, nil, key: tenant.key)["code"] == "unknown_document")
            #expect(try await service.get(path, key: tenant.key).status == 404)
        }

        @Test func rotationOverlapsAndRevocationIsSeenAtOnce() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("rotate-\(UUID())")
            let made = try await service.newKey(["name": "ci", "role": "viewer", "expires_in": 600], key: tenant.key)
            let old = try #require(made["key"]?.string)
            #expect(try await service.get("/executions", key: old).status == 200)
            let rotated = try await service.send(.POST, "/keys/\(made.id)/rotate", ["overlap": 600], key: tenant.key)
            let new = try #require(rotated["key"]?.string)
            #expect(rotated.status == 201 && rotated["principal_id"] == made["principal_id"])
            #expect(try await service.get("/executions", key: new).status == 200)
            #expect(try await service.get("/executions", key: old).status == 200)
            let again = try await service.send(.POST, "/keys/\(made.id)/rotate", ["overlap": 0], key: tenant.key)
            #expect(again.status == 201)
            try await eventually(timeout: .seconds(10)) {
                try await service.get("/executions", key: old).status == 401
            }
            #expect(try await service.send(.DELETE, "/keys/\(rotated.id)", nil, key: tenant.key).status == 204)
            #expect(try await service.send(.DELETE, "/keys/\(rotated.id)", nil, key: tenant.key).status == 204)
            try await eventually(timeout: .seconds(10)) {
                try await service.get("/executions", key: new).status == 401
            }
            let shown = try await service.get("/keys", key: tenant.key)
            #expect(!shown.body.serialized().contains(new.dropFirst(12)), "keys are never shown again")
        }

        @Test func requestsBeyondTheLimitAreTold() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("limited-\(UUID())", ["limits": ["requests_per_minute": 4]])
            var statuses: [Int] = []
            var last: Answer?
            for _ in 0..<6 {
                let answer = try await service.get("/executions", key: tenant.key)
                #expect(answer.headers.first(name: "RateLimit-Policy") == #""requests";q=4;w=60"#)
                #expect(answer.headers.first(name: "RateLimit")?.hasPrefix(#""requests";r="#) == true)
                statuses.append(answer.status)
                last = answer
            }
            #expect(statuses.prefix(4) == [200, 200, 200, 200] && statuses.last == 429)
            #expect(last?["code"] == "rate_limited")
            #expect(last?.headers.first(name: "Retry-After").flatMap { Int($0) }.map { (1...15).contains($0) } == true)
            // Another tenant has its own.
            #expect(try await service.get("/executions").status == 200)
        }

        @Test func documentsAreAsLargeAsTheTenantMayHaveThem() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("small-\(UUID())", ["limits": ["document_bytes": 10]])
            _ = try await service.upload(Data("0123456789".utf8), "text/plain", key: tenant.key)
            let refused = try await service.send(
                .POST, "/documents", headers: ["Content-Type": "text/plain"],
                body: .bytes(ByteBuffer(string: "0123456789a")), key: tenant.key)
            #expect(refused.status == 413 && refused["code"] == "document_too_large")
        }

        @Test func openExecutionsAreLimitedExactly() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant(
                "few-\(UUID())", ["tier": "premium", "limits": ["concurrent_executions": 2]])
            // Its AI provider says nothing for 45 s.
            func start() async throws -> Answer {
                let content = Data("This text asks for AI-HANG.".utf8).base64EncodedString()
                let body: JSONValue = [
                    "template": "document-processing", "ai_enhanced": true,
                    "input": ["document": ["content_base64": .string(content), "media_type": "text/plain"]],
                ]
                return try await service.post("/execute", body.serialized(), key: tenant.key)
            }
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<5 { group.addTask { try await start() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let refused = answers.filter { $0.status == 429 }
            #expect(answers.count { $0.status == 202 } == 2 && refused.count == 3, "\(answers)")
            #expect(
                refused.allSatisfy { $0["code"] == "concurrency_limit" && $0.headers.contains(name: "Retry-After") })
            #expect(try await service.get("/tenant", key: tenant.key)["concurrent_executions"] == 2)
            for answer in answers where answer.status == 202 {
                #expect(
                    try await service.send(.POST, "/executions/\(answer.id)/cancel", nil, key: tenant.key).status == 202
                )
            }
            try await eventually(timeout: .seconds(60)) { try await start().status == 202 }
        }

        @Test func theAuditLogTellsWhoDidWhat() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("audited-\(UUID())")
            let made = try await service.newKey(["name": "viewer", "role": "viewer"], key: tenant.key)
            let viewer = try #require(made["key"]?.string)
            _ = try await service.send(.PUT, "/secrets/token", ["value": "a-secret-value"], key: tenant.key)
            #expect(try await service.get("/secrets", key: viewer).status == 403)
            #expect(try await service.get("/audit", key: viewer).status == 403)
            let log = try await service.get("/audit", key: tenant.key)
            let entries = log["entries"]?.array ?? []
            func entry(_ action: String) -> JSONValue? { entries.first { $0["action"]?.string == action } }
            #expect(entry("tenant.created")?["actor"] == "operator")
            #expect(entry("secret.set")?["target"] == "secret/token")
            #expect(entry("secret.set")?["actor"]?.string == "key \(tenant.key.prefix(10))")
            #expect(entry("secret.set")?["request_id"]?.string?.isEmpty == false)
            #expect(entry("key.created")?["target"]?.string?.hasPrefix("key/") == true)
            #expect(entry("access.refused")?["actor"]?.string == "key \(viewer.prefix(10))")
            #expect(!log.body.serialized().contains("a-secret-value"))
            let one = try await service.get("/audit?action=secret.set&limit=1", key: tenant.key)
            #expect(one["entries"]?.array?.count == 1 && one["next_cursor"] == .null)
            #expect(
                try await service.get("/audit", key: service.key)["entries"]?.array?.allSatisfy {
                    $0["target"]?.string != "secret/token"
                } == true)
        }

        @Test func secretsAreNeverReadBack() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("secretive-\(UUID())")
            func put(_ name: String, _ body: JSONValue) async throws -> Answer {
                try await service.send(.PUT, "/secrets/\(name)", body, key: tenant.key)
            }
            #expect(try await put("api-token", ["value": "kept-to-itself"]).status == 201)
            #expect(try await put("api-token", ["value": "kept-to-itself-2"]).status == 204)
            #expect(try await put("1st", ["value": "kept-to-itself"]).status == 400)
            #expect(try await put("short", ["value": "abc"]).status == 422)
            let list = try await service.get("/secrets", key: tenant.key)
            #expect(list["secrets"]?.array?.compactMap { $0["name"]?.string } == ["api-token"])
            #expect(!list.body.serialized().contains("kept-to-itself"))
            #expect(try await service.send(.DELETE, "/secrets/api-token", nil, key: tenant.key).status == 204)
            #expect(try await service.send(.DELETE, "/secrets/api-token", nil, key: tenant.key).status == 404)
        }
    }
}

extension SharedService {
    /// Tokens (JWT) of an issuer that the tests run.
    @Suite struct Tokens {
        private func claims(_ change: JSONObject) throws -> (TokenIssuer, String, TokenIssuer.SigningKey, String) {
            let issuer = try SharedService.current.issuer
            let (id, key) = SharedService.signingKeys[0]
            return (issuer, id, key, try issuer.token(id, key, tenant: SharedService.current.basic.id, claims: change))
        }

        @Test(arguments: 0..<4)
        func everyAlgorithmIsTaken(_ index: Int) async throws {
            let (service, issuer) = (try SharedService.service, try SharedService.current.issuer)
            let (id, key) = SharedService.signingKeys[index]
            let token = try issuer.token(id, key, tenant: SharedService.current.basic.id, role: "author")
            let own = try await service.get("/tenant", key: token)
            let tenant = try SharedService.current.basic.id
            #expect(own.status == 200 && own.id == tenant, "\(key.algorithm): \(own)")
            #expect(own["caller"]?["name"] == "token alice")
            let scopes = Set((own["caller"]?["scopes"]?.array ?? []).compactMap(\.string))
            #expect(scopes == Set(Role.author.scopes.map(\.rawValue)))
            // The same subject is the same principal, whichever key signed.
            let other = try issuer.token(
                SharedService.signingKeys[0].0, SharedService.signingKeys[0].1, tenant: "basic", role: "viewer")
            let shown = try await service.get("/tenant", key: other)
            #expect(shown["caller"]?["principal_id"] == own["caller"]?["principal_id"])
            #expect(try await service.get("/secrets", key: token).status == 403)
        }

        static let broken: [(String, JSONObject)] = {
            let now = Int64(Date().timeIntervalSince1970)
            return [
                ("expired", ["exp": .integer(now - 120)]), ("without an end", ["exp": .null]),
                ("of the future", ["nbf": .integer(now + 3600)]),
                ("issued in the future", ["iat": .integer(now + 3600)]),
                ("another issuer's", ["iss": "https://elsewhere.test"]), ("without an issuer", ["iss": .null]),
                ("for another audience", ["aud": "someone"]), ("for nobody", ["aud": .null]),
                ("without a subject", ["sub": .null]), ("with an end that is no time", ["exp": "tomorrow"]),
            ]
        }()

        @Test(arguments: broken)
        func whatIsNotRightIsInvalid(_ name: String, _ change: JSONObject) async throws {
            let (_, _, _, token) = try claims(change)
            let answer = try await SharedService.service.get("/tenant", key: token)
            #expect(answer.status == 401 && answer["code"] == "invalid_token", "\(name): \(answer)")
            let header = answer.headers.first(name: "WWW-Authenticate") ?? ""
            #expect(header.hasPrefix(#"Bearer error="invalid_token""#), "\(name): \(header)")
        }

        @Test func forgeriesAreInvalid() async throws {
            let (issuer, id, key, token) = try claims([:])
            let service = try SharedService.service
            let parts = token.split(separator: ".").map(String.init)
            let admin = TokenIssuer.part([
                "iss": .string(TokenIssuer.issuer), "aud": .string(TokenIssuer.audience), "sub": "eve",
                "exp": 99_999_999_999, "tenant_id": "default", "access": ["roles": "admin"],
            ])
            func head(_ algorithm: String) -> String {
                TokenIssuer.part(["alg": .string(algorithm), "kid": .string(id)])
            }
            // The public key as a shared secret: what verifies RS256 must not be asked to verify HS256.
            let jwk = Data(try key.jwk(id).serialized().utf8)
            let hmac = Data(
                HMAC<SHA256>.authenticationCode(
                    for: Data("\(head("HS256")).\(admin)".utf8), using: SymmetricKey(data: jwk))
            ).base64URL
            let stranger = TokenIssuer.SigningKey.es256(P256.Signing.PrivateKey())
            let forgeries: [String: String] = [
                "none": "\(head("none")).\(admin).", "None": "\(head("None")).\(admin).",
                "no signature": "\(parts[0]).\(admin).", "another's signature": "\(parts[0]).\(admin).\(parts[2])",
                "HMAC": "\(head("HS256")).\(admin).\(hmac)",
                "another algorithm": "\(head("PS256")).\(parts[1]).\(parts[2])",
                "stranger's key": try issuer.token("stranger", stranger, tenant: "default", role: "admin"),
                "stranger under a known id": try issuer.token(id, stranger, tenant: "default", role: "admin"),
                "no key id": try issuer.token(id, key, tenant: "basic", header: ["kid": .null]),
                "critical extension": try issuer.token(id, key, tenant: "basic", header: ["crit": ["b64"]]),
                "garbage": "a.b.c", "empty": "..", "not base64": "\(parts[0]).!!!.\(parts[2])",
            ]
            for (name, forgery) in forgeries.sorted(by: { $0.key < $1.key }) {
                let answer = try await service.get("/tenant", key: forgery)
                #expect(answer.status == 401, "\(name): \(answer)")
            }
            #expect(issuer.fetches < 10, "unknown keys are not asked for each time: \(issuer.fetches)")
        }

        @Test func aTokenWithoutTenantOrRoleGivesNoAccess() async throws {
            for change in [["tenant_id": "nobody"], ["tenant_id": .null], ["access": ["roles": []]], ["access": .null]]
                as [JSONObject]
            {
                let (_, _, _, token) = try claims(change)
                let answer = try await SharedService.service.get("/tenant", key: token)
                #expect(answer.status == 403 && answer["code"] == "no_access", "\(change): \(answer)")
            }
        }

        @Test(.timeLimit(.minutes(1))) func aNewKeyIsFetchedWhenATokenNamesIt() async throws {
            let (service, issuer) = (try SharedService.service, try SharedService.current.issuer)
            let key = TokenIssuer.SigningKey.ed25519(Curve25519.Signing.PrivateKey())
            issuer.publish("rolled", key)
            let token = try issuer.token("rolled", key, tenant: "basic")
            try await eventually(timeout: .seconds(30)) {
                try await service.get("/tenant", key: token).status == 200
            }
        }
    }
}
