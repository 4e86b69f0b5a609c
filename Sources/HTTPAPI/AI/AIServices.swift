package import AI
import Hummingbird
package import JSON
package import Storage

/// What the routes about AI call.
package struct AIServices: Sendable {
    let service: AIService
    let usage: AIUsageStore
    let budgets: BudgetStore
    let answers: AnswerCacheStore
    let points: EnhancementStore
    /// Name, summary and input schema of each AI activity: this room does not know them.
    let activities: [JSONValue]

    package init(_ service: AIService, database: any Database, activities: [JSONValue]) {
        self.service = service
        usage = AIUsageStore(database)
        budgets = BudgetStore(database, isEnforced: service.ledger.isOn)
        answers = AnswerCacheStore(database)
        points = EnhancementStore(database)
        self.activities = activities
    }
}

extension APIServices {
    /// Everything under `/workflows/ai`, and what of AI stands under tenants and executions.
    func addAI(to router: Router<APIContext>, _ tenant: Authentication, _ operator: OperatorAuthentication) {
        let own = router.group("workflows").add(middleware: tenant)
        let either = router.group("workflows").add(middleware: OperatorOrTenant(operator: `operator`, tenant: tenant))
        let operators = router.group("workflows").add(middleware: `operator`)
        AICapabilityRoutes(service: ai.service, activities: ai.activities).add(to: either)
        AITestRoutes(service: ai.service).add(to: own)
        AIUsageRoutes(store: ai.usage).add(to: either)
        AIPreviewRoutes(executions: executions, service: ai.service).add(to: own)
        let budgets = AIBudgetRoutes(budgets: ai.budgets, tenants: access.tenants)
        budgets.add(to: either)
        budgets.addOperatorRoutes(to: operators)
        let unknown = AIUnknownRoutes(usage: ai.usage, ledger: ai.service.ledger)
        unknown.add(to: either)
        unknown.addOperatorRoutes(to: operators)
        AICacheRoutes(answers: ai.answers, cache: ai.service.cache).add(to: own)
        let points = AIPointRoutes(points: ai.points, templates: templates)
        points.add(to: own)
        points.addReport(to: either)
        AIPriceRoutes(tenants: access.tenants).add(to: operators)
        OutcomeRoutes(executions: executions).add(to: own)
    }
}
