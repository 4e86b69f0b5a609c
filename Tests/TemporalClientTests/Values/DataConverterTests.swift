import Foundation
import Temporal
import Testing

@Suite struct DataConverterTests {
    struct Order: Codable, Equatable {
        var id: Int
        var tags: [String]
        var note: String?
    }

    @Test func valuesTravelAsJSON() throws {
        let order = Order(id: 1 << 53, tags: ["a/b", "é"], note: nil)
        let payload = try DataConverter.encode(order)
        #expect(payload.encoding == "json/plain")
        #expect(text(payload) == #"{"id":9007199254740992,"tags":["a/b","é"]}"#)
        #expect(try DataConverter.decode(Order.self, from: payload) == order)
    }

    @Test func scalarsAreJSONFragments() throws {
        #expect(text(try json("a")) == "\"a\"")
        #expect(text(try json(7)) == "7")
        #expect(text(try json(true)) == "true")
        #expect(try DataConverter.decode(Double.self, from: json(0.5)) == 0.5)
    }

    @Test func bytesStayBytes() throws {
        let bytes = Data([0, 1, 255])
        #expect(try json(bytes) == .binary(bytes))
        #expect(try json([UInt8](bytes)) == .binary(bytes))
        #expect(try DataConverter.decode(Data.self, from: .binary(bytes)) == bytes)
        #expect(try DataConverter.decode([UInt8].self, from: .binary(bytes)) == [UInt8](bytes))
    }

    /// Swift casts an empty array to an array of anything.
    @Test func emptyListIsJSONAndEmptyBytesAreNoList() throws {
        #expect(text(try json([String]())) == "[]")
        #expect(try DataConverter.decode([String].self, from: json([String]())) == [])
        #expect(try DataConverter.decode([UInt8].self, from: .binary(Data())) == [])
        #expect(throws: TemporalError.self) { try DataConverter.decode([String].self, from: .binary(Data())) }
    }

    @Test func nothingIsNull() throws {
        #expect(try json(Order?.none) == .null)
        #expect(try DataConverter.decode(Order?.self, from: .null) == nil)
        let payload = try json(Order?.some(Order(id: 1, tags: [])))
        #expect(payload.encoding == "json/plain")
        #expect(try DataConverter.decode(Order?.self, from: payload) == Order(id: 1, tags: []))
    }

    @Test(arguments: [
        Payload.null, .binary(Data([1])), .json(Data("{".utf8)), .json(Data("{}".utf8)), Payload(),
        Payload(metadata: ["encoding": Data("binary/encrypted".utf8)]),
    ])
    func unreadablePayloadIsAnError(payload: Payload) throws {
        let error = try #require(throws: TemporalError.self) { try DataConverter.decode(Order.self, from: payload) }
        #expect(error.code == .payload)
    }
}
