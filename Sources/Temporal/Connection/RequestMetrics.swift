internal import Metrics
internal import SwiftProtobuf
internal import Synchronization

/// Counts and times the attempts of calls, by operation: as many label sets as there are kinds of calls.
final class RequestMetrics: Sendable {
    struct Operation: Sendable {
        let requests: Counter
        let latency: Timer
        fileprivate let failures: String
        fileprivate let labels: [(String, String)]
    }

    /// A kind of call; polls are long by intent and count apart.
    private struct Key: Hashable {
        var response: ObjectIdentifier
        var isPoll: Bool
    }

    private let factory: any MetricsFactory
    private let namespace: String
    private let operations = Mutex<[Key: Operation]>([:])
    private let failures = Mutex<[String: Counter]>([:])

    init(_ factory: any MetricsFactory, namespace: String) {
        self.factory = factory
        self.namespace = namespace
    }

    /// The operation is known by its response: each of the service's calls has a type of its own, `…Response`.
    func operation<Response>(_ response: Response.Type, isPoll: Bool) -> Operation {
        let key = Key(response: ObjectIdentifier(response), isPoll: isPoll)
        return operations.withLock { operations in
            if let found = operations[key] { return found }
            let made = operation(named: Self.name(response), isPoll: isPoll)
            operations[key] = made
            return made
        }
    }

    func failed(_ operation: Operation, _ code: TemporalError.Code) {
        let status = code.label
        let counter = failures.withLock { failures in
            let key = "\(operation.failures) \(operation.labels) \(status)"
            if let found = failures[key] { return found }
            let made = Counter(
                label: operation.failures, dimensions: operation.labels + [("status_code", status)], factory: factory)
            failures[key] = made
            return made
        }
        counter.increment()
    }

    private func operation(named name: String, isPoll: Bool) -> Operation {
        typealias Name = WorkerMetrics.Name
        let labels = [("namespace", namespace), ("operation", name)]
        let (requests, latency, failures): (Name, Name, Name) =
            isPoll
            ? (.longRequest, .longRequestLatency, .longRequestFailure)
            : (.request, .requestLatency, .requestFailure)
        return Operation(
            requests: Counter(label: requests.rawValue, dimensions: labels, factory: factory),
            latency: Timer(label: latency.rawValue, dimensions: labels, factory: factory),
            failures: failures.rawValue, labels: labels)
    }

    private static func name<Response>(_ response: Response.Type) -> String {
        guard let message = response as? any Message.Type else { return "unknown" }
        let name = message.protoMessageName.split(separator: ".").last.map(String.init) ?? "unknown"
        return name.hasSuffix("Response") ? String(name.dropLast("Response".count)) : name
    }
}

extension TemporalError.Code {
    /// gRPC's names, as dashboards know them.
    fileprivate var label: String {
        switch self {
        case .notFound, .namespaceNotFound: "NOT_FOUND"
        case .alreadyStarted, .alreadyExists: "ALREADY_EXISTS"
        case .invalidArgument, .queryFailed, .queryRejected, .payload, .invalidConfiguration: "INVALID_ARGUMENT"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .permissionDenied: "PERMISSION_DENIED"
        case .unauthenticated: "UNAUTHENTICATED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .unavailable: "UNAVAILABLE"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .cancelled: "CANCELLED"
        case .aborted: "ABORTED"
        case .unimplemented: "UNIMPLEMENTED"
        case .server: "INTERNAL"
        }
    }
}
