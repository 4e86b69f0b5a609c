/// Starts, watches and steers workflows: one method a verb, each in a file of its own.
///
/// A value over a shared connection. Every method throws `TemporalError`; cancelling the calling task ends a call.
package struct TemporalClient: Sendable {
    package let connection: TemporalConnection
    /// Applied to all payloads that a call sends or receives, except headers and search attributes.
    package var codec: any PayloadCodec
    /// What is larger is refused with `.payload` before it is sent; weighed after the codec.
    package var limits = SizeLimit()

    package init(_ connection: TemporalConnection, codec: any PayloadCodec = IdentityPayloadCodec()) {
        self.connection = connection
        self.codec = codec
    }

    var namespace: String { connection.configuration.namespace }
    var identity: String { connection.configuration.identity }
}
