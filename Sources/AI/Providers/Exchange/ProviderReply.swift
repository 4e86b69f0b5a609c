import NIOHTTP1

/// What came back over HTTP.
struct ProviderReply: Sendable {
    var status: Int
    var headers: HTTPHeaders
    /// Cut short, or empty, where the status says enough.
    var body: [UInt8]
}
