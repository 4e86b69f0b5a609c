import Foundation
import Hummingbird
import JSON
import Storage
import Templates
import WorkflowDefinition

/// `GET /workflows/templates`.
struct TemplateRoutes {
    let templates: TemplateRegistry

    func add(to router: some RouterMethods<APIContext>) {
        router.get("templates", use: list)
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let templates = try await templates.templates(for: try context.caller(.templatesRead).tenant.id)
        return Response(json: ["templates": .array(templates.map(Self.json))])
    }

    private static func json(_ template: WorkflowTemplate) -> JSONValue {
        [
            "id": .string(template.id.text), "name": .string(template.name),
            "title": .string(template.title), "description": .string(template.description),
            "category": .string(template.category), "version": .string(template.version),
            "parameters": template.parameters,
            "ai_enhancement_points": .array(template.enhancementPoints.map(\.json)),
            "workflow_definition": template.definition.source,
        ]
    }
}
