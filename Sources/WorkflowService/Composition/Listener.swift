import HTTPAPI
import Hummingbird
import Logging
import ServiceLifecycle

/// An HTTP server and the address it got.
struct Listener: Sendable {
    let service: any Service
    /// `POST /workflows/execute`.
    let routes: [String]
    private let address = Promise<String>()

    init(_ router: Router<APIContext>, host: String, port: Int, logger: Logger) {
        let address = address
        // Hummingbird writes a parameter as `:id`.
        routes = router.routes.filter { $0.method != .head }.map { route in
            let path = route.path.description.split(separator: "/").map {
                $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0
            }
            return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
        }
        service = Hummingbird.Application(
            router: router, configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                address.fulfil("http://\(host):\(channel.localAddress?.port ?? port)")
            },
            logger: logger
        )
    }

    /// Once it listens: `http://127.0.0.1:8080`.
    var url: String { get async { await address.value } }
}
