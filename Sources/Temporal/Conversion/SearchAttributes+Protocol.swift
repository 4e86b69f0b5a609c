internal import SwiftProtobuf
internal import TemporalProtocol

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension SearchAttributes {
    var message: Temporal_Api_Common_V1_SearchAttributes {
        get throws(TemporalError) {
            var message = Temporal_Api_Common_V1_SearchAttributes()
            for (name, value) in values { message.indexedFields[name] = try value.payload.message }
            return message
        }
    }

    /// A value that cannot be read is left out: the server may know more types than we do.
    init(_ message: Temporal_Api_Common_V1_SearchAttributes) {
        self.init(message.indexedFields.compactMapValues { Value(Payload($0)) })
    }
}

extension SearchAttributes.Value {
    /// JSON with its type beside it.
    var payload: Payload {
        get throws(TemporalError) {
            var payload =
                switch self {
                case .text(let value), .keyword(let value): try DataConverter.encode(value)
                case .int(let value): try DataConverter.encode(value)
                case .double(let value): try DataConverter.encode(value)
                case .bool(let value): try DataConverter.encode(value)
                case .datetime(let value): try DataConverter.encode(value.rfc3339)
                case .keywordList(let value): try DataConverter.encode(value)
                }
            payload.metadata["type"] = Data(type.rawValue.utf8)
            return payload
        }
    }

    init?(_ payload: Payload) {
        guard
            let name = payload.metadata["type"],
            let type = SearchAttributes.ValueType(rawValue: String(decoding: name, as: UTF8.self)),
            let value = try? Self(type, payload)
        else { return nil }
        self = value
    }

    private init?(_ type: SearchAttributes.ValueType, _ payload: Payload) throws(TemporalError) {
        switch type {
        case .text: self = .text(try DataConverter.decode(from: payload))
        case .keyword: self = .keyword(try DataConverter.decode(from: payload))
        case .int: self = .int(try DataConverter.decode(from: payload))
        case .double: self = .double(try DataConverter.decode(from: payload))
        case .bool: self = .bool(try DataConverter.decode(from: payload))
        case .datetime:
            guard let time = Timestamp(rfc3339: try DataConverter.decode(from: payload)) else { return nil }
            self = .datetime(time)
        case .keywordList: self = .keywordList(try DataConverter.decode(from: payload))
        }
    }
}

extension Timestamp {
    /// nil outside the years 1 to 9999.
    var rfc3339: String? {
        (try? message.jsonString()).map { String($0.dropFirst().dropLast()) }
    }

    init?(rfc3339 text: String) {
        guard text.utf8.count < 64, !text.contains("\""), !text.contains("\\"),
            let message = try? Google_Protobuf_Timestamp(jsonString: "\"\(text)\"")
        else { return nil }
        self.init(message)
    }
}
