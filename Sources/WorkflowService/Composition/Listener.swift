import HTTPAPI
import Hummingbird
import HummingbirdTLS
import Logging
import ServiceLifecycle

/// An HTTP server and the address it got.
struct Listener: Sendable {
    let service: any Service
    /// `POST /workflows/execute`.
    let routes: [String]
    private let address = Promise<String>()

    /// - Parameter certificate: nil for plain HTTP.
    init(
        _ router: Router<APIContext>, host: String, port: Int, certificate: ServerCertificate?, logger: Logger
    ) throws {
        let address = address
        // Hummingbird writes a parameter as `:id`.
        routes = router.routes.filter { $0.method != .head }.map { route in
            let path = route.path.description.split(separator: "/").map {
                $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0
            }
            return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
        }
        let scheme = certificate == nil ? "http" : "https"
        service = Hummingbird.Application(
            router: router,
            server: try certificate.map { try .tls(tlsConfiguration: $0.tlsConfiguration(logger: logger)) } ?? .http1(),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                address.fulfil("\(scheme)://\(host):\(channel.localAddress?.port ?? port)")
            },
            logger: logger
        )
    }

    /// Once it listens: `http://127.0.0.1:8080`.
    var url: String { get async { await address.value } }
}
