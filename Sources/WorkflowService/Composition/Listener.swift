import HTTPAPI
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
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
        // Headers of 32 KiB; a connection that says nothing for a minute is closed, one that takes part in a request is not.
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [BodyPace()], idleTimeout: .seconds(60),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
        service = Hummingbird.Application(
            router: router,
            server: try certificate.map { try .tls(http, tlsConfiguration: $0.tlsConfiguration(logger: logger)) }
                ?? http,
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections, logger: logger)),
            onServerRunning: { channel in
                address.fulfil("\(scheme)://\(host):\(channel.localAddress?.port ?? port)")
            },
            logger: logger
        )
    }

    /// More wait to be accepted until others have gone.
    private static let maximumConnections = 5000

    /// Once it listens: `http://127.0.0.1:8080`.
    var url: String { get async { await address.value } }
}
