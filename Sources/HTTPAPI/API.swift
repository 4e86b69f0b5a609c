package import Executions
package import Hummingbird
import JSON
package import Storage
package import Templates
package import Webhooks

/// What the routes call: each does the work of its room, the API only speaks HTTP.
package struct APIServices: Sendable {
    package var access: AccessServices
    package var templates: TemplateRegistry
    package var executions: ExecutionService
    package var updates: LiveUpdates
    package var documents: DocumentStore
    package var schedules: ScheduleService
    package var webhooks: WebhookService
    package var ai: AIServices
    package var monitoring: Monitoring
    /// `http://127.0.0.1:8233/namespaces/NAME`; nil where no web interface of Temporal is known.
    package var temporalUI: String?
    package var codec: CodecService
    /// Origins of the web pages that may use the API, and the codec.
    package var corsOrigins: Set<String>
    package var codecOrigins: Set<String>

    package init(
        access: AccessServices, templates: TemplateRegistry, executions: ExecutionService, updates: LiveUpdates,
        documents: DocumentStore, schedules: ScheduleService, webhooks: WebhookService, ai: AIServices,
        monitoring: Monitoring, temporalUI: String?, codec: CodecService, corsOrigins: Set<String>,
        codecOrigins: Set<String>
    ) {
        self.access = access
        self.templates = templates
        self.executions = executions
        self.updates = updates
        self.documents = documents
        self.schedules = schedules
        self.webhooks = webhooks
        self.ai = ai
        self.monitoring = monitoring
        self.temporalUI = temporalUI
        self.codec = codec
        self.corsOrigins = corsOrigins
        self.codecOrigins = codecOrigins
    }
}

/// The whole HTTP API under `/workflows`, and the codec for Temporal's tools under `/codec`.
package func makeRouter(_ services: APIServices) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestIdentity())
    router.add(middleware: CrossOrigin(api: services.corsOrigins, codec: services.codecOrigins))
    router.add(middleware: HTTPMetrics())
    router.add(middleware: ErrorTranslation())
    let authentication = Authentication(access: services.access)
    services.addMonitoring(to: router, authentication, OperatorAuthentication(access: services.access))
    services.addAI(to: router, authentication, OperatorAuthentication(access: services.access))
    let authenticated = router.group("workflows").add(middleware: authentication)
    ExecutionLogRoutes(
        executions: services.executions, logs: services.monitoring.logs, updates: services.updates
    ).add(to: authenticated)
    TemplateRoutes(templates: services.templates).add(to: authenticated)
    let document = ExecutionDocument(temporalUI: services.temporalUI)
    let executionRoutes = ExecutionRoutes(
        executions: services.executions, tenants: services.access.tenants, document: document)
    executionRoutes.add(to: authenticated)
    ExecutionSteeringRoutes(executions: services.executions, document: document).add(to: authenticated)
    ExecutionEventRoutes(executions: services.executions, updates: services.updates).add(to: authenticated)
    DocumentRoutes(documents: services.documents).add(to: authenticated)
    ScheduleRoutes(schedules: services.schedules).add(to: authenticated)
    WebhookRoutes(webhooks: services.webhooks).add(to: authenticated)
    services.access.addRoutes(to: authenticated)
    let operated = router.group("workflows").add(middleware: OperatorAuthentication(access: services.access))
    executionRoutes.addOperatorRoutes(to: operated)
    services.access.addOperatorRoutes(to: operated)
    OpenAPIRoutes().add(to: router)
    CodecRoutes(codec: services.codec).add(
        to: router.group("codec").add(
            middleware: OperatorAuthentication(access: services.access, asksBrowsers: true)))
    return router
}
