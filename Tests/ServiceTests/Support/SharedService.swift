import Crypto
import CryptoExtras
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The tests that one running service serves: tenants default (enterprise, local AI), premium (scripted AI) and basic.
///
/// One after the other, so that a small machine keeps its time limits.
@Suite(.sharedService, .serialized, .timeLimit(.minutes(3)))
struct SharedService {
    @TaskLocal fileprivate static var inScope: Scope?

    struct Scope: Sendable {
        let service: RunningService
        let premium: (id: String, key: String)
        let basic: (id: String, key: String)
        /// An execution of the premium tenant whose AI provider says nothing: begun first, because it takes 45 s.
        let silent: String
        /// Whose tokens the service takes; `signingKeys` are published.
        let issuer: TokenIssuer
    }

    /// By key id; one an algorithm.
    static let signingKeys: [(String, TokenIssuer.SigningKey)] = {
        guard let rsa = try? _RSA.Signing.PrivateKey(keySize: .bits2048),
            let pss = try? _RSA.Signing.PrivateKey(keySize: .bits2048)
        else { return [] }
        return [
            ("rs", .rs256(rsa)), ("ps", .ps256(pss)), ("es", .es256(P256.Signing.PrivateKey())),
            ("ed", .ed25519(Curve25519.Signing.PrivateKey())),
        ]
    }()

    static var current: Scope { get throws { try #require(inScope, "the suite stands outside of SharedService") } }
    static var service: RunningService { get throws { try current.service } }
}

struct SharedServiceTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await TokenIssuer.with { issuer in
            for (id, key) in SharedService.signingKeys { issuer.publish(id, key) }
            try await provideScope(issuer, performing: function)
        }
    }

    private func provideScope(
        _ issuer: TokenIssuer, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await ScriptedAI.with { ai in
            let environment = ai.environment.merging(issuer.environment) { $1 }
                .merging([
                    "WORKFLOW_SERVER_CORS_ORIGINS": "https://console.example.com",
                    // Hostile clients are at work here.
                    "WORKFLOW_ACCESS_FAILURES_PER_MINUTE": "100000",
                ]) { $1 }
            try await RunningService.with(environment: environment) { service in
                let premium = try await service.makeTenant("premium", tier: "premium")
                let basic = try await service.makeTenant("basic", tier: "basic")
                let silent = try await service.execute(
                    text: "This text asks for AI-HANG.", enhanced: true, key: premium.key
                ).id
                let scope = SharedService.Scope(
                    service: service, premium: premium, basic: basic, silent: silent, issuer: issuer)
                try await SharedService.$inScope.withValue(scope) { try await function() }
                // Calls that hang would hold a graceful end for its 30 s.
                service.process.send(SIGKILL)
            }
        }
    }
}

extension Trait where Self == SharedServiceTrait {
    static var sharedService: Self { SharedServiceTrait() }
}
