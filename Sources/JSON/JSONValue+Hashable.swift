extension JSONValue: Hashable {
    @usableFromInline
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.integer(let integer), .double(let double)), (.double(let double), .integer(let integer)):
            Int64(exactly: double) == integer
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    @usableFromInline
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0 as UInt8)
        case .bool(let value): hasher.combine(value ? 1 : 2 as UInt8)
        case .integer(let value): hasher.combineInteger(value)
        case .double(let value):
            if let integer = Int64(exactly: value) { hasher.combineInteger(integer) } else { hasher.combine(value) }
        case .string(let value):
            hasher.combine(4 as UInt8)
            value.hashBytes(into: &hasher)
        case .array(let elements):
            hasher.combine(5 as UInt8)
            hasher.combine(elements)
        case .object(let members):
            hasher.combine(6 as UInt8)
            hasher.combine(members)
        }
    }
}

extension JSONObject: Hashable {
    @usableFromInline
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.allSatisfy { member in right[member.key] == member.value }
    }

    /// A sum over the members, because their order does not count.
    @usableFromInline
    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(
            reduce(into: 0) { sum, member in
                var part = Hasher()
                member.key.hashBytes(into: &part)
                part.combine(member.value)
                sum &+= part.finalize()
            })
    }
}

extension Hasher {
    /// One hash for `1` and `1.0`.
    fileprivate mutating func combineInteger(_ value: Int64) {
        combine(3 as UInt8)
        combine(value)
    }
}
