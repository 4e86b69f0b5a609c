import Activities
import Foundation
import JSON
import Observability
import Storage
import Templates
package import Temporal
import Worker

/// `resolve_template_activity`: pins a run that another client started with nothing but its input.
///
/// The tenant is the search attribute `TenantId`; without a valid one the run fails. The workflow type is the template.
package struct TemplateResolver: Sendable {
    private let executions: ExecutionService

    package init(executions: ExecutionService) { self.executions = executions }

    package func resolve(_ task: ActivityTask) async throws -> Payload? {
        do {
            return .json(try await resolution(of: task))
        } catch let error as ActivityError {
            throw Failure.application(
                error.detail, type: error.document["type"]?.string ?? error.type, nonRetryable: !error.isRetryable,
                details: [.json(error.document)]
            )
        }
    }

    private func resolution(of task: ActivityTask) async throws -> JSONValue {
        let request = try task.input.first?.jsonValue() ?? .null
        let (tenant, chain) = try await tenant(of: task)
        let options = request["options"] ?? .null
        let name = task.workflowType
        guard
            let template = try await executions.templates.template(
                named: name, version: options["version"]?.string, for: tenant.id)
        else {
            throw ActivityError.invalidInput(
                "there is no template \(name.prefix(100).debugDescription) of this version")
        }
        let input: JSONValue
        do {
            input = try template.checkedInput(request["input"] ?? .object(JSONObject()))
        } catch let error as ExecutionError {
            throw ActivityError.invalidInput(error.message)
        }
        let aiEnhanced = options["ai_enhanced"]?.bool ?? false
        let first = chain.isEmpty ? task.runID : chain
        let row = try await executions.store.summary(workflowID: task.workflowID, runID: first)
        var execution = row?.id ?? .zero
        // A workflow id may be used again once its execution has closed: that is another execution.
        if row?.temporalRunID != first {
            var new = NewExecution(
                tenantID: tenant.id, definitionID: template.id, temporalWorkflowID: task.workflowID,
                temporalRunID: first, input: input, aiEnhanced: aiEnhanced
            )
            new.scheduleID = options["schedule_id"]?.string.flatMap(UUID.init(uuidString:))
            new.tags = Self.tags(options)
            new.openLimit = tenant.limits.concurrentExecutions
            execution = new.id
            do {
                _ = try await executions.store.insert(new)
                ServiceMetrics.shared.executionStarted(template: template.name)
            } catch let error as StorageError where error.code == .limitExceeded {
                // The run waits for its place.
                throw ActivityError(
                    type: "runtime", status: 429, title: "Too many open executions", detail: error.message,
                    isRetryable: true)
            }
        }
        let pin = RunPin(template: template, aiEnhanced: aiEnhanced, tenant: tenant, execution: execution)
        return ["pin": pin.json, "input": input]
    }

    /// What a schedule gives to its executions. Anybody may start a run: what is no tag is left out.
    private static func tags(_ options: JSONValue) -> [String] {
        let tags = (options["tags"]?.array ?? []).compactMap(\.string).filter(ExecuteRequest.isTag)
        return tags.reduce(into: []) { if !$0.contains($1), $0.count < ExecuteRequest.tagLimit { $0.append($1) } }
    }

    /// And the first run of the chain.
    private func tenant(of task: ActivityTask) async throws -> (Tenant, chain: String) {
        let run = try await executions.temporal.describe(workflowID: task.workflowID, runID: task.runID).execution
        guard case .keyword(let text) = run.searchAttributes["TenantId"], let id = UUID(uuidString: text),
            let tenant = try await executions.tenants.get(id)
        else {
            throw ActivityError(
                type: "authorization", status: 403, title: "Unknown tenant",
                detail: "start the workflow with the search attribute TenantId of a tenant of this service",
                isRetryable: false
            )
        }
        guard tenant.status == .active else {
            // What a suspended tenant's schedules start waits until it is resumed.
            throw ActivityError(
                type: "authorization", status: 403, title: "Tenant \(tenant.status.rawValue)",
                detail: "the tenant is \(tenant.status.rawValue)", isRetryable: tenant.status == .suspended)
        }
        return (tenant, run.firstRunID)
    }
}
