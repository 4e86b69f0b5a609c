import JSON

/// A value's place in the table.
struct ValueID: Sendable, Hashable {
    var index: Int32
    static let none = ValueID(index: -1)
    /// `null` always stands first.
    static let null = ValueID(index: 0)
}

/// The values that frames share. Who holds an id is found by marking, so nobody counts references.
struct ValueTable: Sendable {
    private var slots: [JSONValue] = [.null]
    private var sizes: [Int] = [0]
    private var free: [Int32] = []
    /// Approximate bytes of all slots, values that share storage counted more than once.
    private(set) var bytes = 0
    private var sweepAboveSlots = 256
    private var sweepAboveBytes = 16 << 20

    subscript(id: ValueID) -> JSONValue { id == .none ? .null : slots[Int(id.index)] }

    /// Its `approximateSize`.
    func size(of id: ValueID) -> Int { id == .none ? 4 : sizes[Int(id.index)] }

    /// `size` is the value's `approximateSize`.
    mutating func insert(_ value: JSONValue, size: Int) -> ValueID {
        if case .null = value { return .null }
        bytes += size
        if let index = free.popLast() {
            slots[Int(index)] = value
            sizes[Int(index)] = size
            return ValueID(index: index)
        }
        slots.append(value)
        sizes.append(size)
        return ValueID(index: Int32(slots.count - 1))
    }

    var count: Int { slots.count - free.count }
    var capacity: Int { slots.count }
    /// The table has doubled since the last sweep.
    var wantsSweep: Bool { count > sweepAboveSlots || bytes > sweepAboveBytes }

    /// Drops what is not marked.
    mutating func sweep(keeping marks: [Bool]) {
        free.removeAll(keepingCapacity: true)
        bytes = 0
        for index in stride(from: slots.count - 1, to: 0, by: -1) {
            if marks[index] {
                bytes += sizes[index]
            } else {
                slots[index] = .null
                sizes[index] = 0
                free.append(Int32(index))
            }
        }
        sweepAboveSlots = max(256, 2 * count)
        // Never above the bound, so that whether a run passes it does not depend on when it was swept.
        sweepAboveBytes = max(16 << 20, min(2 * bytes, Budget.stateBytes))
    }
}

extension JSONValue {
    /// About the bytes of the value's text, without making it. Stops soon after `limit`, and at a value nested too
    /// deeply to stand in a snapshot, which it gives a size above any limit.
    func approximateSize(limit: Int, depth: Int = 0) -> Int {
        switch self {
        case .null, .bool: return 4
        case .integer, .double: return 8
        case .string(let text): return text.utf8.count + 2
        case .array(let elements):
            guard depth < Budget.valueDepth else { return Budget.valueBytes + 1 }
            var size = 2
            for element in elements {
                size += element.approximateSize(limit: limit - size, depth: depth + 1) + 1
                if size > limit { break }
            }
            return size
        case .object(let object):
            guard depth < Budget.valueDepth else { return Budget.valueBytes + 1 }
            var size = 2
            for (key, value) in object {
                size += key.utf8.count + 4 + value.approximateSize(limit: limit - size, depth: depth + 1)
                if size > limit { break }
            }
            return size
        }
    }
}
