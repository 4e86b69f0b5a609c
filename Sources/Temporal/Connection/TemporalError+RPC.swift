internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalError {
    /// From whatever a call threw; the server's error details refine the code.
    init(_ error: any Error) {
        switch error {
        case let error as TemporalError: self = error
        case is CancellationError: self.init(.cancelled, "The call was cancelled.", cause: error)
        case let error as RPCError: self.init(rpc: error)
        case let error as RuntimeError where error.code == .clientIsStopped:
            self.init(.cancelled, "The connection is shut down.", cause: error)
        default: self.init(.server, "The call failed.", cause: error)
        }
    }

    private init(rpc error: RPCError) {
        // A cancelled call can surface as an unknown error that wraps the cancellation.
        if error.cause is CancellationError {
            self.init(.cancelled, "The call was cancelled.", cause: error)
            return
        }
        let code = Self.detailedCode(error) ?? Self.codes[error.code] ?? .server
        self.init(code, error.message, cause: error.cause ?? error)
    }

    private static let codes: [RPCError.Code: Code] = [
        .notFound: .notFound,
        .alreadyExists: .alreadyExists,
        .invalidArgument: .invalidArgument,
        .failedPrecondition: .failedPrecondition,
        .permissionDenied: .permissionDenied,
        .unauthenticated: .unauthenticated,
        .resourceExhausted: .resourceExhausted,
        .unavailable: .unavailable,
        .deadlineExceeded: .deadlineExceeded,
        .aborted: .aborted,
        .unimplemented: .unimplemented,
        // By the server, which is going away: who cancels a call here is told so by `call`.
        .cancelled: .unavailable,
    ]

    /// From the trailer `grpc-status-details-bin`, which names a message of `temporal.api.errordetails`.
    private static func detailedCode(_ error: RPCError) -> Code? {
        guard let status = try? error.unpackGoogleRPCStatus() else { return nil }
        for case let detail? in status.details.map(\.any) {
            if let started = detail.unpack(Temporal_Api_Errordetails_V1_WorkflowExecutionAlreadyStartedFailure.self) {
                return .alreadyStarted(runID: started.runID)
            }
            if detail.unpack(Temporal_Api_Errordetails_V1_NamespaceNotFoundFailure.self) != nil {
                return .namespaceNotFound
            }
            if let query = detail.unpack(Temporal_Api_Errordetails_V1_QueryFailedFailure.self) {
                let failure = query.hasFailure ? Failure(query.failure) : nil
                return .queryFailed(failure ?? Failure(kind: .unknown, message: error.message))
            }
        }
        return nil
    }
}

extension Google_Protobuf_Any {
    fileprivate func unpack<Value: Message>(_ type: Value.Type) -> Value? {
        isA(type) ? try? Value(unpackingAny: self) : nil
    }
}
