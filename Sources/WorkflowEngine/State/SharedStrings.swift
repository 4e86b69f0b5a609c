import JSON

/// Moves long texts out of values into one list, so that a text stands in a snapshot once.
///
/// In place of a text stands `{"$s": index}`. An object that has just one member whose key could be taken for it, `$s`
/// with any number of `$` after it, gets one more `$`.
struct SharedStrings {
    private static let key = "$s"
    /// Shorter texts are not worth a reference.
    private static let minimum = 64

    private(set) var list: [JSONValue] = []
    /// By value, because texts compare by their bytes there.
    private var indices: [JSONValue: Int] = [:]

    init(list: [JSONValue] = []) { self.list = list }

    mutating func pack(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .integer, .double: return value
        case .string(let text):
            guard text.utf8.count >= Self.minimum else { return value }
            let index = indices[value] ?? list.count
            if index == list.count {
                indices[value] = index
                list.append(value)
            }
            return [Self.key: .integer(Int64(index))]
        case .array(let elements): return .array(elements.map { pack($0) })
        case .object(let object):
            var packed = JSONObject()
            packed.reserveCapacity(object.count)
            for (key, member) in object {
                packed[object.count == 1 && Self.isReserved(key) ? key + "$" : key] = pack(member)
            }
            return .object(packed)
        }
    }

    func unpack(_ value: JSONValue) throws(SnapshotError) -> JSONValue {
        switch value {
        case .null, .bool, .integer, .double, .string: return value
        case .array(let elements):
            var unpacked: [JSONValue] = []
            unpacked.reserveCapacity(elements.count)
            for element in elements { unpacked.append(try unpack(element)) }
            return .array(unpacked)
        case .object(let object):
            if object.count == 1, let reference = object[Self.key] {
                guard let index = reference.integer, index >= 0, index < list.count else {
                    throw SnapshotError(message: "a text of the snapshot is missing")
                }
                return list[Int(index)]
            }
            var unpacked = JSONObject()
            unpacked.reserveCapacity(object.count)
            for (key, member) in object {
                unpacked[object.count == 1 && Self.isReserved(key) ? String(key.dropLast()) : key] = try unpack(member)
            }
            return .object(unpacked)
        }
    }

    private static func isReserved(_ key: String) -> Bool {
        key.utf8.starts(with: Self.key.utf8)
            && key.utf8.dropFirst(Self.key.utf8.count).allSatisfy { $0 == UInt8(ascii: "$") }
    }
}
