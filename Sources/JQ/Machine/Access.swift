import JSON

/// Reaching into values, by one key or by a path.
enum Access {
    /// jq's own bound; the budget ends most attempts far below.
    private static let indexLimit = 536_870_911.0

    static func cannotIndex(_ value: JSONValue, _ key: JSONValue) -> JQError {
        .raised("Cannot index \(value.typeName) with \(Excerpt.described(key))")
    }

    static func cannotIterate(_ value: JSONValue) -> JQError {
        .raised("Cannot iterate over \(Excerpt.described(value))")
    }

    static func checkDepth(_ path: [JSONValue]) throws(JQError) {
        if path.count > JSONValue.depthLimit { throw .raised("Path too deep") }
    }

    /// Whether jq would take a value made anew for the one at hand.
    static func isSameScalar(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        default: false
        }
    }

    // MARK: One key

    static func index(_ value: JSONValue, _ key: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        switch (value, key) {
        case (.object(let members), .string(let name)): return members[name] ?? .null
        case (.array(let elements), .integer(let index)):
            let place = index < 0 ? index &+ Int64(elements.count) : index
            return place >= 0 && place < Int64(elements.count) ? elements[Int(place)] : .null
        case (.array(let elements), .double(let number)):
            guard let place = place(number, count: elements.count) else { return .null }
            return elements.indices.contains(place) ? elements[place] : .null
        case (.array, .object), (.string, .object), (.null, .object):
            let (from, to) = try sliceBounds(key, of: value)
            return try slice(value, from, to, &budget)
        case (.array(let elements), .array(let wanted)): return try indices(of: wanted, in: elements, &budget)
        case (.null, .string), (.null, .integer), (.null, .double), (.null, .null): return .null
        default: throw cannotIndex(value, key)
        }
    }

    /// The place that a number names, negative ones counted from the end; nil for NaN.
    private static func place(_ number: Double, count: Int) -> Int? {
        if number.isNaN { return nil }
        let floored = number.rounded(.down)
        return Int(max(-indexLimit - 1, min(indexLimit + 1, floored < 0 ? floored + Double(count) : floored)))
    }

    static func sliceKey(_ from: JSONValue, _ to: JSONValue) -> JSONValue {
        var key = JSONObject()
        key["start"] = from
        key["end"] = to
        return .object(key)
    }

    private static func sliceBounds(_ key: JSONValue, of value: JSONValue) throws(JQError) -> (JSONValue, JSONValue) {
        guard case .object(let members) = key, members["start"] != nil || members["end"] != nil else {
            if case .array = value { throw .raised("Start and end indices of an array slice must be numbers") }
            throw cannotIndex(value, key)
        }
        return (members["start"] ?? .null, members["end"] ?? .null)
    }

    static func slice(
        _ value: JSONValue, _ from: JSONValue, _ to: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        switch value {
        case .null: return .null
        case .array(let elements):
            let range = try range(from, to, count: elements.count)
            if range.count == elements.count { return value }
            try budget.allocate(32 + range.count * Budget.valueBytes)
            return .array(Array(elements[range]))
        case .string(let text):
            try budget.allocate(text.utf8.count)
            let scalars = text.unicodeScalars
            let range = try range(from, to, count: scalars.count)
            return .string(String(scalars.dropFirst(range.lowerBound).prefix(range.count)))
        default: throw cannotIndex(value, sliceKey(from, to))
        }
    }

    private static func range(_ from: JSONValue, _ to: JSONValue, count: Int) throws(JQError) -> Range<Int> {
        func bound(_ value: JSONValue) throws(JQError) -> Double? {
            if value.isNull { return nil }
            guard let number = value.double else {
                throw .raised("Start and end indices of an array slice must be numbers")
            }
            if number.isNaN { return nil }
            return max(0, min(Double(count), number < 0 ? number + Double(count) : number))
        }
        let start = Int((try bound(from) ?? 0).rounded(.down))
        let end = Int((try bound(to) ?? Double(count)).rounded(.up))
        return start..<max(start, end)
    }

    /// Where one array stands in another.
    static func indices(
        of wanted: [JSONValue], in elements: [JSONValue], _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard !wanted.isEmpty else { return .null }
        var found: [JSONValue] = []
        var start = 0
        while start + wanted.count <= elements.count {
            var offset = 0
            try budget.step()
            while offset < wanted.count, try Order.areEqual(elements[start + offset], wanted[offset], &budget) {
                offset += 1
            }
            if offset == wanted.count { found.append(.integer(Int64(start))) }
            start += 1
        }
        try budget.allocate(found.count * Budget.valueBytes)
        return .array(found)
    }

    // MARK: Paths

    static func get(_ value: JSONValue, at path: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        guard case .array(let keys) = path else { throw .raised("Path must be specified as an array") }
        try checkDepth(keys)
        try budget.spend(keys.count)
        var current = value
        for key in keys {
            if current.isNull { return .null }
            current = try index(current, key, &budget)
        }
        return current
    }

    /// The value at a path, where null stays behind so that it is shared with nobody and can change in place.
    static func take(
        _ value: inout JSONValue, _ path: ArraySlice<JSONValue>, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard let key = path.first else {
            let taken = value
            value = .null
            return taken
        }
        let rest = path.dropFirst()
        // One value a pattern: a tuple would hold `value` a second time and make the change a copy.
        if case .object(var members) = value, case .string(let name) = key {
            guard members.contains(name) else { return .null }
            try budget.spendOnChange(of: members.count * 2)
            value = .null
            defer { value = .object(members) }
            return try take(&members[name, default: .null], rest, &budget)
        }
        if case .array(var elements) = value, case .integer(let index) = key {
            let place = index < 0 ? index &+ Int64(elements.count) : index
            guard place >= 0, place < Int64(elements.count) else { return .null }
            try budget.spendOnChange(of: elements.count)
            value = .null
            defer { value = .array(elements) }
            return try take(&elements[Int(place)], rest, &budget)
        }
        var part = try index(value, key, &budget)
        return try take(&part, rest, &budget)
    }

    static func set(
        _ value: inout JSONValue, _ path: ArraySlice<JSONValue>, to new: JSONValue, _ budget: inout Budget
    ) throws(JQError) {
        guard let key = path.first else {
            value = new
            return
        }
        let rest = path.dropFirst()
        if case .object(var members) = value, case .string(let name) = key {
            try budget.spendOnChange(of: members.count * 2)
            value = .null
            defer { value = .object(members) }
            if !members.contains(name) { try budget.allocate(Budget.memberBytes) }
            try set(&members[name, default: .null], rest, to: new, &budget)
            return
        }
        if case .array(var elements) = value, key.double != nil {
            let place = try settablePlace(key, count: elements.count)
            try budget.spendOnChange(of: elements.count)
            value = .null
            defer { value = .array(elements) }
            try extend(&elements, to: place, &budget)
            try set(&elements[place], rest, to: new, &budget)
            return
        }
        switch (value, key) {
        case (.null, .string(let name)):
            var members = JSONObject()
            try budget.allocate(Budget.memberBytes + 32)
            try set(&members[name, default: .null], rest, to: new, &budget)
            value = .object(members)
        case (.null, .integer), (.null, .double):
            let place = try settablePlace(key, count: 0)
            var elements: [JSONValue] = []
            try extend(&elements, to: place, &budget)
            try set(&elements[place], rest, to: new, &budget)
            value = .array(elements)
        case (.array, .object), (.null, .object): try setSlice(&value, key, rest, to: new, &budget)
        case (.string, .object): throw .raised("Cannot update string slices")
        default:
            _ = try index(value, key, &budget)
            throw .raised("Cannot update field at \(key.typeName) index of \(value.typeName)")
        }
    }

    private static func settablePlace(_ key: JSONValue, count: Int) throws(JQError) -> Int {
        guard let number = key.double, let place = place(number, count: count) else {
            throw .raised("Cannot set array element at NaN index")
        }
        if place < 0 { throw .raised("Out of bounds negative array index") }
        if Double(place) > indexLimit { throw .raised("Array index too large") }
        return place
    }

    private static func extend(_ elements: inout [JSONValue], to place: Int, _ budget: inout Budget) throws(JQError) {
        guard place >= elements.count else { return }
        let missing = place + 1 - elements.count
        try budget.allocate(missing * Budget.valueBytes)
        if missing == 1 { elements.append(.null) } else { elements += Array(repeating: .null, count: missing) }
    }

    private static func setSlice(
        _ value: inout JSONValue, _ key: JSONValue, _ rest: ArraySlice<JSONValue>, to new: JSONValue,
        _ budget: inout Budget
    ) throws(JQError) {
        var elements = value.array ?? []
        let (from, to) = try sliceBounds(key, of: .array(elements))
        let range = try range(from, to, count: elements.count)
        var part: JSONValue = value.isNull ? .null : .array(Array(elements[range]))
        try set(&part, rest, to: new, &budget)
        guard case .array(let replacement) = part else {
            throw .raised("A slice of an array can only be assigned another array")
        }
        try budget.allocate((elements.count + replacement.count) * Budget.valueBytes)
        elements.replaceSubrange(range, with: replacement)
        value = .array(elements)
    }

    // MARK: Deletion

    static func delete(
        _ paths: JSONValue, from value: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard case .array(let list) = paths else { throw .raised("Paths must be specified as an array") }
        var sorted: [[JSONValue]] = []
        for path in try Order.sorted(list, &budget) {
            guard case .array(let keys) = path else { throw .raised("Path must be specified as an array") }
            try checkDepth(keys)
            sorted.append(keys)
        }
        guard let first = sorted.first else { return value }
        if first.isEmpty { return .null }
        var result = value
        try delete(sorted[...], at: 0, from: &result, &budget)
        return result
    }

    /// Paths with a common start are deleted together, so that indices keep their meaning.
    private static func delete(
        _ paths: ArraySlice<[JSONValue]>, at depth: Int, from value: inout JSONValue, _ budget: inout Budget
    ) throws(JQError) {
        var keys: [JSONValue] = []
        var end = paths.endIndex
        while end > paths.startIndex {
            let key = paths[end - 1][depth]
            var start = end - 1
            while start > paths.startIndex, try Order.areEqual(paths[start - 1][depth], key, &budget) { start -= 1 }
            if paths[start].count == depth + 1 {
                keys.append(key)
            } else {
                var part = try index(value, key, &budget)
                if !part.isNull {
                    try delete(paths[start..<end], at: depth + 1, from: &part, &budget)
                    try set(&value, [key], to: part, &budget)
                }
            }
            end = start
        }
        if !keys.isEmpty { try remove(keys, from: &value, &budget) }
    }

    private static func remove(
        _ keys: [JSONValue], from value: inout JSONValue, _ budget: inout Budget
    ) throws(JQError) {
        switch value {
        case .null: return
        case .object(var members):
            value = .null
            defer { value = .object(members) }
            var names = Set<[UInt8]>()
            for key in keys {
                guard case .string(let name) = key else {
                    throw .raised(
                        "Cannot delete field at \(key.typeName == "number" ? "array" : key.typeName) index of object")
                }
                names.insert(Array(name.utf8))
            }
            try budget.spend(members.count + names.count)
            if names.count == 1, case .string(let name)? = keys.first {
                members.remove(name)
            } else {
                members.removeAll { names.contains(Array($0.key.utf8)) }
            }
        case .array(var elements):
            var isRemoved = Array(repeating: false, count: elements.count)
            try budget.allocate(elements.count)
            for key in keys {
                switch key {
                case .integer, .double:
                    guard let place = place(key.double ?? .nan, count: elements.count) else { continue }
                    if isRemoved.indices.contains(place) { isRemoved[place] = true }
                case .object:
                    let (from, to) = try sliceBounds(key, of: value)
                    let range = try range(from, to, count: elements.count)
                    try budget.spend(range.count)
                    for place in range { isRemoved[place] = true }
                default:
                    throw .raised(
                        "Cannot delete field at \(key.typeName == "string" ? "object" : key.typeName) index of array")
                }
            }
            value = .null
            var place = -1
            elements.removeAll { _ in
                place += 1
                return isRemoved[place]
            }
            value = .array(elements)
        default: throw .raised("Cannot delete fields from \(value.typeName)")
        }
    }
}
