import AI
import Executions
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Storage
import Webhooks
import WorkflowDefinition

/// The one place where errors become answers. What is not known here is ours: logged, and answered with 500 without details.
struct ErrorTranslation: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return problem(error, request, context).response(requestID: context.id)
        }
    }

    private func problem(_ error: any Error, _ request: Request, _ context: APIContext) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as ExecutionError: return Problem(error)
        case let error as ScheduleError: return Problem(error)
        case let error as WebhookError: return Problem(error)
        case let error as AIError: return Problem(error)
        case let error as StorageError: return storageProblem(error, context)
        case let error as JSONParseError:
            return .badRequest(
                "invalid_json",
                "The body is no valid JSON: \(error.message) at line \(error.line), column \(error.column)."
            )
        case let error as HTTPError: return Problem(error, request)
        case is SlowBody: return .slowBody
        case is HTTPParserError, is ChannelError, is IOError:
            // The connection broke; if somebody still listens, it was their doing.
            return .badRequest("incomplete_body", "The body ended before its time, or is not what its headers say.")
        case is CancellationError:
            return Problem(
                status: .serviceUnavailable, code: "shutting_down", title: "Shutting down", detail: "Try again.",
                headers: [.retryAfter: "2"])
        default:
            context.logger.error("Request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return .internalError(context.id)
        }
    }

    private func storageProblem(_ error: StorageError, _ context: APIContext) -> Problem {
        switch error.code {
        case .busy, .unavailable, .refused, .outcomeUnknown:
            context.logger.warning("Database unavailable", metadata: ["error": "\(error.debugDescription)"])
            return Problem(
                status: .serviceUnavailable, code: "database_unavailable", title: "Database unavailable",
                detail: error.code == .outcomeUnknown
                    ? "\(error.message) Repeat the request with the same Idempotency-Key."
                    : "The database does not answer; nothing was changed. Try again.",
                headers: [.retryAfter: "2"]
            )
        case .limitExceeded:
            return Problem(
                status: .tooManyRequests, code: "concurrency_limit", title: "Too many open executions",
                detail: error.message, headers: [.retryAfter: "5"])
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
        case .unknownTemplate, .unknownExecution, .unknownHistory: status = .notFound
        case .invalidInput, .unreadablePayload, .invalidRequest, .idempotencyKeyReused: status = .unprocessableContent
        case .notRunning, .requestInProgress, .cannotBePaused: status = .conflict
        case .tooManyStreams: status = .tooManyRequests
        case .temporalUnavailable: status = .serviceUnavailable
        }
        self.init(
            status: status, code: error.code.rawValue, title: error.title, detail: error.message,
            errors: error.violations.map { ["pointer": .string($0.pointer), "message": .string($0.message)] },
            headers: Self.retryAfter(error.code).map { [.retryAfter: $0] } ?? [:]
        )
    }

    /// Seconds, where the same request may succeed then.
    private static func retryAfter(_ code: ExecutionError.Code) -> String? {
        switch code {
        case .temporalUnavailable: "2"
        case .requestInProgress: "1"
        case .tooManyStreams: "10"
        default: nil
        }
    }

    fileprivate init(_ error: HTTPError, _ request: Request) {
        guard error.status == .notFound else {
            let isTooLarge = error.status == .contentTooLarge
            self.init(
                status: error.status, code: "http_\(error.status.code)", title: error.status.reasonPhrase,
                detail: isTooLarge
                    ? "The body is too large for this route." : error.body ?? "The request cannot be answered."
            )
            return
        }
        let path = request.uri.path
        let allowed = OpenAPIDocument.served.methods(of: path)
        // What is described may still be another process's: a worker answers health and metrics alone.
        guard allowed.isEmpty || allowed.contains(request.method.rawValue) else {
            let list = allowed.joined(separator: ", ")
            self.init(
                status: .methodNotAllowed, code: "method_not_allowed", title: "Method not allowed",
                detail: "\(path.prefix(200)) takes \(list), not \(request.method.rawValue).", headers: [.allow: list])
            return
        }
        self.init(
            status: .notFound, code: "no_such_route", title: "Not found",
            detail: "There is no \(path.prefix(200)); /openapi.yaml lists what there is.")
    }
}
