package import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

/// The codec as Temporal's UI and command line ask for it over HTTP: JSON of `temporal.api.common.v1.Payloads` in and out.
package struct CodecEndpoint: Sendable {
    /// Bytes of payloads in one answer: a few references in the question can name many bytes.
    private static let answerLimit = 32 << 20

    private let codec: any PayloadCodec

    package init(_ codec: any PayloadCodec) { self.codec = codec }

    /// - Throws: `.invalidArgument` for anything but payloads, `.payload` where the codec cannot.
    package func encode(json: Data) async throws(TemporalError) -> Data {
        try await transform(json, codec.encoding)
    }

    package func decode(json: Data) async throws(TemporalError) -> Data {
        try await transform(json, codec.decoding)
    }

    private func transform(_ json: Data, _ transform: PayloadTransform) async throws(TemporalError) -> Data {
        let message: Temporal_Api_Common_V1_Payloads
        do {
            var options = JSONDecodingOptions()
            options.ignoreUnknownFields = true
            message = try .init(jsonUTF8Data: json, options: options)
        } catch {
            throw TemporalError(
                .invalidArgument, "The body must be the JSON of temporal.api.common.v1.Payloads.", cause: error)
        }
        var answer: [Payload] = []
        var size = 0
        // One by one, so that an answer that grows too large is not first collected.
        for payload in [Payload](message) {
            answer += try await transform([payload])
            size += answer.last?.data.count ?? 0
            guard size <= Self.answerLimit else {
                throw TemporalError(
                    .resourceExhausted, "The payloads take more than \(Self.answerLimit) bytes; ask for fewer at once.")
            }
        }
        do {
            return try answer.message.jsonUTF8Data()
        } catch {
            throw TemporalError(.payload, "The payloads cannot be written as JSON.", cause: error)
        }
    }
}
