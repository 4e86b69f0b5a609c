import AI
import Hummingbird
import JSON
import Storage

/// `GET /workflows/ai/capabilities`: what a tier may ask for, who answers, and how these fare.
struct AICapabilityRoutes {
    let service: AIService
    let activities: [JSONValue]

    func add(to router: some RouterMethods<APIContext>) { router.get("ai/capabilities", use: get) }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let tier = request.uri.queryParameters["tier"].map(String.init)
        let capabilities =
            if context.isOperator {
                try await service.capabilities(try Self.tier(tier), tenant: nil)
            } else {
                try await own(try context.caller(.usageRead).tenant, asked: tier)
            }
        var document = capabilities.json.object ?? [:]
        document["activities"] = .array(activities)
        return Response(json: .object(document))
    }

    private func own(_ tenant: Tenant, asked tier: String?) async throws -> AIService.Capabilities {
        guard tier == nil || tier == tenant.tier.rawValue else {
            throw Problem.badRequest(
                "invalid_parameter", "A tenant's key shows the tenant's own tier, which is \(tenant.tier.rawValue).")
        }
        return try await service.capabilities(tenant.tier, tenant: tenant.id)
    }

    private static func tier(_ name: String?) throws -> Tier {
        guard let tier = name.flatMap({ Tier(rawValue: $0) }) else {
            let names = Tier.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest(
                "invalid_parameter", "With the operator's key say which: tier is one of \(names).")
        }
        return tier
    }
}
