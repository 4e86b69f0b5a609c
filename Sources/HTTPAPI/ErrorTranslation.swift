import Executions
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Storage
import WorkflowDefinition

/// The one place where errors become statuses. What is not known here is ours: logged, and answered with 500 without details.
struct ErrorTranslation: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            throw problem
        } catch let error as ExecutionError {
            throw Problem(error)
        } catch let error as StorageError {
            throw storageProblem(error, context)
        } catch let error as JSONParseError {
            throw Problem.badRequest(
                "invalid_json",
                "The body is no valid JSON: \(error.message) at line \(error.line), column \(error.column)."
            )
        } catch let error as HTTPError {
            throw Problem(error, request)
        } catch is CancellationError {
            throw Problem(
                status: .serviceUnavailable, code: "shutting_down", title: "Shutting down", detail: "Try again.")
        } catch {
            context.logger.error("Request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            throw Problem.internalError(context.id)
        }
    }

    private func storageProblem(_ error: StorageError, _ context: APIContext) -> Problem {
        switch error.code {
        case .busy, .unavailable:
            context.logger.warning("Database unavailable", metadata: ["error": "\(error)"])
            return Problem(
                status: .serviceUnavailable, code: "database_unavailable", title: "Database unavailable",
                detail: "The database does not answer; nothing was changed. Try again.", headers: [.retryAfter: "2"]
            )
        case .invalidText, .invalidCursor, .tooLarge: return .badRequest("invalid_value", error.message)
        default:
            context.logger.error("Storage failed", metadata: ["error": "\(error)"])
            return .internalError(context.id)
        }
    }
}

extension Problem {
    static func internalError(_ id: String) -> Problem {
        Problem(
            status: .internalServerError, code: "internal", title: "Internal error",
            detail: "The service failed; its log knows why under request id \(id)."
        )
    }

    init(_ error: ExecutionError) {
        let status: HTTPResponse.Status
        switch error.code {
        case .unknownTemplate, .unknownExecution: status = .notFound
        case .invalidInput, .unreadablePayload: status = .unprocessableContent
        case .notRunning: status = .conflict
        case .temporalUnavailable: status = .serviceUnavailable
        }
        self.init(
            status: status, code: error.code.rawValue, title: error.title, detail: error.message,
            errors: error.violations.map { ["pointer": .string($0.pointer), "message": .string($0.message)] },
            headers: status == .serviceUnavailable ? [.retryAfter: "2"] : [:]
        )
    }

    fileprivate init(_ error: HTTPError, _ request: Request) {
        let detail =
            switch error.status {
            case .notFound:
                "There is no \(request.method.rawValue) \(request.uri.path). See /workflows/health and the documentation."
            case .contentTooLarge: "The body is too large for this route."
            default: error.body ?? "The request cannot be answered."
            }
        self.init(
            status: error.status, code: error.status == .notFound ? "no_such_route" : "http_\(error.status.code)",
            title: error.status.reasonPhrase, detail: detail
        )
    }
}
