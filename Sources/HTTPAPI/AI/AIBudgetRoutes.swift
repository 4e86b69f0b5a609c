import AI
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// `GET/PUT /workflows/ai/budgets`, `DELETE …/{id}`: the tenant's own, or with the operator's key those of all, and those
/// over all tenants together; `/workflows/tenants/{id}/ai/budgets`: what the operator sets for one.
struct AIBudgetRoutes {
    let budgets: BudgetStore
    let tenants: TenantStore

    func add(to router: some RouterMethods<APIContext>) {
        router.get("ai/budgets", use: list)
        router.put("ai/budgets", use: put)
        router.delete("ai/budgets/:id", use: delete)
    }

    func addOperatorRoutes(to router: some RouterMethods<APIContext>) {
        router.get("tenants/:id/ai/budgets", use: listOfTenant)
        router.put("tenants/:id/ai/budgets", use: putForTenant)
        router.delete("tenants/:id/ai/budgets/:budget", use: deleteOfTenant)
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        Self.response(try await budgets.standings(tenant: try context.tenant(.usageRead)))
    }

    @Sendable func put(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.tenant(.budgetsWrite)
        return try await set(request, context, tenant: tenant ?? .zero, byOperator: tenant == nil)
    }

    @Sendable func delete(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.tenant(.budgetsWrite)
        return try await remove(try context.uuid("id"), of: tenant, context)
    }

    @Sendable func listOfTenant(_ request: Request, context: APIContext) async throws -> Response {
        Self.response(try await budgets.standings(tenant: try await known(context)))
    }

    @Sendable func putForTenant(_ request: Request, context: APIContext) async throws -> Response {
        try await set(request, context, tenant: try await known(context), byOperator: true)
    }

    @Sendable func deleteOfTenant(_ request: Request, context: APIContext) async throws -> Response {
        let id = try context.uuid("budget")
        let standings = try await budgets.standings(tenant: try await known(context))
        guard standings.contains(where: { $0.budget.id == id }) else { throw Self.unknown(id) }
        return try await remove(id, of: nil, context)
    }

    private func known(_ context: APIContext) async throws -> UUID {
        _ = try context.actor
        let id = try context.uuid("id")
        guard try await tenants.get(id) != nil else { throw TenantRoutes.unknown(id) }
        return id
    }

    private func set(
        _ request: Request, _ context: APIContext, tenant: UUID, byOperator: Bool
    ) async throws -> Response {
        let terms = try BudgetTerms(try await request.jsonObject(limit: 64 << 10))
        let budget: Budget
        do {
            budget = try await budgets.set(terms, tenant: tenant, byOperator: byOperator, by: try context.actor)
        } catch let error as StorageError where error.code == .constraint {
            throw Problem(
                status: .unprocessableContent, code: "invalid_budget", title: "Invalid budget", detail: error.message)
        } catch let error as StorageError where error.code == .limitExceeded {
            throw Problem.conflict("too_many_budgets", error.message)
        }
        let standings = try await budgets.standings(tenant: tenant)
        guard let standing = standings.first(where: { $0.budget.id == budget.id }) else {
            throw Self.unknown(budget.id)
        }
        return Response(json: standing.json)
    }

    private func remove(_ id: UUID, of tenant: UUID?, _ context: APIContext) async throws -> Response {
        guard try await budgets.delete(id, tenant: tenant, by: try context.actor) else { throw Self.unknown(id) }
        return Response(status: .noContent)
    }

    private static func response(_ standings: [BudgetStanding]) -> Response {
        Response(json: ["budgets": .array(standings.map(\.json)), "next_cursor": .null])
    }

    private static func unknown(_ id: UUID) -> Problem {
        .unknown("budget", "There is no budget \(id.text) that this key may change.")
    }
}

extension BudgetTerms {
    fileprivate init(_ body: JSONObject) throws(Problem) {
        try body.refuseUnknown(besides: ["template", "environment", "period", "unit", "cap", "dollars", "hard"])
        let periodName = try body.member("period", "string", \.string)
        guard let period = periodName.flatMap({ BudgetPeriod(rawValue: $0) }) else {
            throw Problem.invalidMember("period", "period is day or month.")
        }
        let (unit, cap) = try Self.cap(body)
        self.init(
            template: try Self.name("template", body), environment: try Self.name("environment", body), period: period,
            unit: unit, cap: cap, isHard: try body.member("hard", "boolean", \.bool) ?? true)
    }

    /// `{"dollars": "5.00"}`, or `{"cap": 5000000}` in micro-dollars or in the `unit` that is named.
    private static func cap(_ body: JSONObject) throws(Problem) -> (BudgetUnit, Int64) {
        let unitName = try body.member("unit", "string", \.string)
        let number = try body.member("cap", "integer", \.integer)
        if let dollars = try body.member("dollars", "string", \.string) {
            guard number == nil, unitName == nil else {
                throw Problem.invalidMember("dollars", "Give dollars, or cap with its unit.")
            }
            guard let microdollars = ModelPrice.microdollars(dollars) else {
                throw Problem.invalidMember(
                    "dollars", "dollars is a text such as \"5.00\", below a million, of at most six decimals.")
            }
            return (.microdollars, microdollars)
        }
        guard let cap = number else { throw Problem.invalidMember("cap", "Give dollars, or cap with its unit.") }
        guard let unit = BudgetUnit(rawValue: unitName ?? BudgetUnit.microdollars.rawValue) else {
            throw Problem.invalidMember("unit", "unit is microdollars or tokens.")
        }
        return (unit, cap)
    }

    private static func name(_ member: String, _ body: JSONObject) throws(Problem) -> String? {
        guard let name = try body.member(member, "string", \.string) else { return nil }
        guard (1...100).contains(name.unicodeScalars.count) else {
            throw Problem.invalidMember(member, "\(member) has 1 to 100 characters; without it the budget is for all.")
        }
        return name
    }
}

extension BudgetStanding {
    fileprivate var json: JSONValue {
        let terms = budget.terms
        let tenant: JSONValue = budget.tenantID == .zero ? .null : .id(budget.tenantID)
        let dollars: JSONValue = terms.unit == .microdollars ? .dollars(terms.cap) : .null
        return [
            "id": .id(budget.id), "tenant_id": tenant, "set_by": .string(budget.setBy.rawValue),
            "template": terms.template.map { .string($0) } ?? .null,
            "environment": terms.environment.map { .string($0) } ?? .null, "period": .string(terms.period.rawValue),
            "unit": .string(terms.unit.rawValue), "cap": .integer(terms.cap), "cap_dollars": dollars,
            "hard": .bool(terms.isHard), "used": .integer(used), "reserved": .integer(reserved),
            "remaining": .integer(remaining), "resets_at": .time(resetsAt), "created_at": .time(budget.createdAt),
            "updated_at": .time(budget.updatedAt),
        ]
    }
}
