import Foundation
import SwiftProtobuf
import Testing

/// Every field's number, name, type and label against the descriptors of the official wheel.
///
/// The wheel encodes populated instances of every message both as bytes and as JSON, where names stand for numbers. The
/// generated type must read the same message from both. Values are chosen so that no other scalar type could hold them.
@Suite(.pythonSDK) struct ProtocolTests {
    private struct Sample: Decodable {
        var type: String
        var bytes: Data
        var json: String
    }

    @Test func everyMessageAgreesWithTheOfficialDescriptors() async throws {
        let lines = try await PythonPeer.run(PythonPeer.script("generate-protocol.py"), "--samples")
        let types = Dictionary(uniqueKeysWithValues: messageTypes.map { ($0.protoMessageName, $0) })
        var seen: Set<String> = []
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            let sample = try JSONDecoder().decode(Sample.self, from: line)
            guard let type = types[sample.type] else {
                Issue.record("no type for \(sample.type)")
                continue
            }
            seen.insert(sample.type)
            do {
                try check(type, sample)
            } catch {
                Issue.record("\(sample.type): \(error)")
            }
        }
        #expect(seen == Set(types.keys))
    }

    private func check<Value: Message>(_ type: Value.Type, _ sample: Sample) throws {
        let fromBytes = try Value(serializedBytes: sample.bytes)
        // Refuses names it does not know. By way of bytes, since an `Any` read from JSON is kept as JSON.
        let fromJSON = try Value(serializedBytes: try Value(jsonString: sample.json).serializedBytes() as Data)
        #expect(fromBytes.isEqualTo(message: fromJSON), "\(sample.type)")
        #expect(fromBytes.unknownFields.data.isEmpty, "\(sample.type)")
        let again = try Value(serializedBytes: try fromBytes.serializedBytes() as Data)
        #expect(again.isEqualTo(message: fromBytes), "\(sample.type)")
        #expect(try (fromBytes.serializedBytes() as Data).count == sample.bytes.count, "\(sample.type)")
    }
}
