internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// The namespace's own search attributes; one of a type that we do not know is left out.
    package func listSearchAttributes() async throws(TemporalError) -> [String: SearchAttributes.ValueType] {
        let message = Temporal_Api_Operatorservice_V1_ListSearchAttributesRequest.with { $0.namespace = namespace }
        let response = try await connection.call {
            try await $0.operators.listSearchAttributes(message, metadata: $0.metadata, options: $0.options)
        }
        return response.customAttributes.compactMapValues { .init($0) }
    }

    /// Makes search attributes known where they are not yet, and waits until the server takes them.
    ///
    /// `.alreadyExists` when one has another type.
    package func addSearchAttributes(
        _ attributes: [String: SearchAttributes.ValueType], timeout: Duration = .seconds(60)
    ) async throws(TemporalError) {
        let present = try await listSearchAttributes()
        for (name, type) in attributes.sorted(by: { $0.key < $1.key }) {
            if let other = present[name], other != type {
                throw TemporalError(
                    .alreadyExists, "Search attribute \(name) is a \(other.rawValue), not a \(type.rawValue).")
            }
        }
        let missing = attributes.filter { present[$0.key] == nil }
        guard !missing.isEmpty else { return }
        let message = Temporal_Api_Operatorservice_V1_AddSearchAttributesRequest.with {
            $0.namespace = namespace
            $0.searchAttributes = missing.mapValues(\.message)
        }
        do {
            _ = try await connection.call {
                try await $0.operators.addSearchAttributes(message, metadata: $0.metadata, options: $0.options)
            }
        } catch {
            // Another process was quicker.
            guard error.code == .alreadyExists else { throw error }
        }
        try await waitForSearchAttributes(missing.keys.sorted(), timeout: timeout)
    }

    /// The server reads new names into its caches after a while; until then it refuses them as invalid.
    private func waitForSearchAttributes(_ names: [String], timeout: Duration) async throws(TemporalError) {
        let query = names.map { "`\($0)` IS NULL" }.joined(separator: " AND ")
        let end = ContinuousClock.now + timeout
        while true {
            do {
                _ = try await count(query)
                return
            } catch {
                guard error.code == .invalidArgument, ContinuousClock.now < end else { throw error }
            }
            try await pause(for: .milliseconds(200))
        }
    }
}

extension SearchAttributes.ValueType {
    fileprivate init?(_ type: Temporal_Api_Enums_V1_IndexedValueType) {
        switch type {
        case .text: self = .text
        case .keyword: self = .keyword
        case .int: self = .int
        case .double: self = .double
        case .bool: self = .bool
        case .datetime: self = .datetime
        case .keywordList: self = .keywordList
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }

    fileprivate var message: Temporal_Api_Enums_V1_IndexedValueType {
        switch self {
        case .text: .text
        case .keyword: .keyword
        case .int: .int
        case .double: .double
        case .bool: .bool
        case .datetime: .datetime
        case .keywordList: .keywordList
        }
    }
}
