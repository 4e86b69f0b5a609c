import JSON

extension Builtins {
    static let collections: Table = [
        ("keys", .unary { value, budget throws(JQError) in try keys(of: value, sorted: true, &budget) }),
        ("keys_unsorted", .unary { value, budget throws(JQError) in try keys(of: value, sorted: false, &budget) }),
        ("has", .binary { value, key, _ throws(JQError) in try has(value, key) }),
        ("contains", .binary { value, part, budget throws(JQError) in .bool(try contains(value, part, &budget)) }),
        ("add", .unary { value, budget throws(JQError) in try sum(value, &budget) }),
        ("flatten", .unary { value, budget throws(JQError) in try flattened(value, .infinity, &budget) }),
        (
            "flatten",
            .binary { value, depth, budget throws(JQError) in
                guard let depth = depth.double else { throw .raised("flatten depth must not be negative") }
                if depth < 0 { throw .raised("flatten depth must not be negative") }
                return try flattened(value, depth, &budget)
            }
        ),
        ("sort", .unary { value, budget throws(JQError) in .array(try Order.sorted(array(value, "sorted"), &budget)) }),
        (
            "_sort_by",
            .binary { value, keys, budget throws(JQError) in
                let elements = try array(value, "sorted")
                return .array(try Order.permutation(of: keys.array ?? [], &budget).map { elements[$0] })
            }
        ),
        (
            "_group_by",
            .binary { value, keys, budget throws(JQError) in
                .array(try groups(value, keys, "grouped", &budget).map { .array($0) })
            }
        ),
        (
            "_unique_by",
            .binary { value, keys, budget throws(JQError) in
                .array(try groups(value, keys, "grouped", &budget).compactMap(\.first))
            }
        ),
        (
            "unique",
            .unary { value, budget throws(JQError) in
                .array(try groups(value, value, "sorted", &budget).compactMap(\.first))
            }
        ),
        ("min", .unary { value, budget throws(JQError) in try extreme(value, value, wanted: -1, &budget) }),
        ("max", .unary { value, budget throws(JQError) in try extreme(value, value, wanted: 1, &budget) }),
        ("_min_by", .binary { value, keys, budget throws(JQError) in try extreme(value, keys, wanted: -1, &budget) }),
        ("_max_by", .binary { value, keys, budget throws(JQError) in try extreme(value, keys, wanted: 1, &budget) }),
        ("reverse", .unary { value, budget throws(JQError) in try reversed(value, &budget) }),
        ("to_entries", .unary { value, budget throws(JQError) in try entries(of: value, &budget) }),
        ("from_entries", .unary { value, budget throws(JQError) in try object(fromEntries: value, &budget) }),
        ("transpose", .unary { value, budget throws(JQError) in try transposed(value, &budget) }),
        ("bsearch", .binary { value, wanted, budget throws(JQError) in try search(value, wanted, &budget) }),
        ("indices", .binary { value, wanted, budget throws(JQError) in try indices(value, wanted, &budget) }),
        (
            "index",
            .binary { value, wanted, budget throws(JQError) in
                try indices(value, wanted, &budget).array?.first ?? .null
            }
        ),
        (
            "rindex",
            .binary { value, wanted, budget throws(JQError) in
                try indices(value, wanted, &budget).array?.last ?? .null
            }
        ),
    ]

    static func array(_ value: JSONValue, _ verb: String) throws(JQError) -> [JSONValue] {
        guard case .array(let elements) = value else {
            throw .raised("\(Excerpt.described(value)) cannot be \(verb), as it is not an array")
        }
        return elements
    }

    private static func keys(of value: JSONValue, sorted: Bool, _ budget: inout Budget) throws(JQError) -> JSONValue {
        switch value {
        case .object(let members):
            try budget.allocate(members.count * Budget.valueBytes)
            if sorted { try budget.spend(members.count * 4) }
            return .array((sorted ? members.sortedByKey() : members).map { .string($0.key) })
        case .array(let elements):
            try budget.allocate(elements.count * Budget.valueBytes)
            return .array(elements.indices.map { .integer(Int64($0)) })
        default: throw .raised("\(Excerpt.described(value)) has no keys")
        }
    }

    private static func has(_ value: JSONValue, _ key: JSONValue) throws(JQError) -> JSONValue {
        switch (value, key) {
        case (.object(let members), .string(let name)): return .bool(members.contains(name))
        case (.array(let elements), .integer), (.array(let elements), .double):
            let index = key.double ?? .nan
            return .bool(index >= 0 && index < Double(elements.count))
        default: throw .raised("Cannot check whether \(value.typeName) has a \(key.typeName) key")
        }
    }

    private static func contains(
        _ value: JSONValue, _ part: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> Bool {
        try budget.step()
        switch (value, part) {
        case (.object(let members), .object(let wanted)):
            for (key, part) in wanted {
                guard let value = members[key], try contains(value, part, &budget) else { return false }
            }
            return true
        case (.array(let elements), .array(let wanted)):
            for part in wanted {
                var isFound = false
                for element in elements where !isFound && element.typeName == part.typeName {
                    isFound = try contains(element, part, &budget)
                }
                if !isFound { return false }
            }
            return true
        case (.string(let text), .string(let part)):
            if part.isEmpty { return true }
            try budget.spend(text.utf8.count >> 4)
            return try !Text.places(of: part, in: Array(text.utf8), overlapping: false, &budget).isEmpty
        default:
            guard value.typeName == part.typeName else {
                throw .raised(
                    "\(Excerpt.described(value)) and \(Excerpt.described(part)) cannot have their containment checked")
            }
            return try Order.areEqual(value, part, &budget)
        }
    }

    private static func sum(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        var sum = JSONValue.null
        switch value {
        case .array(let elements):
            for element in elements {
                try budget.step()
                try Arithmetic.add(&sum, element, &budget)
            }
        case .object(let members):
            for member in members {
                try budget.step()
                try Arithmetic.add(&sum, member.value, &budget)
            }
        default: throw Access.cannotIterate(value)
        }
        return sum
    }

    private static func flattened(
        _ value: JSONValue, _ depth: Double, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        var result: [JSONValue] = []
        switch value {
        case .array(let elements):
            for element in elements { try flatten(element, depth, into: &result, &budget) }
        case .object(let members):
            for member in members { try flatten(member.value, depth, into: &result, &budget) }
        default: throw Access.cannotIterate(value)
        }
        return .array(result)
    }

    private static func flatten(
        _ value: JSONValue, _ depth: Double, into result: inout [JSONValue], _ budget: inout Budget
    ) throws(JQError) {
        try budget.step()
        if depth > 0, case .array(let elements) = value {
            for element in elements { try flatten(element, depth - 1, into: &result, &budget) }
        } else {
            try budget.allocate(Budget.valueBytes)
            result.append(value)
        }
    }

    private static func groups(
        _ value: JSONValue, _ keys: JSONValue, _ verb: String, _ budget: inout Budget
    ) throws(JQError) -> [[JSONValue]] {
        let elements = try array(value, verb)
        let keys = keys.array ?? []
        try budget.allocate(elements.count * 64)
        var groups: [[JSONValue]] = []
        var previous: Int?
        for position in try Order.permutation(of: keys, &budget) {
            if let previous, try Order.areEqual(keys[previous], keys[position], &budget) {
                groups[groups.count - 1].append(elements[position])
            } else {
                groups.append([elements[position]])
            }
            previous = position
        }
        return groups
    }

    private static func extreme(
        _ value: JSONValue, _ keys: JSONValue, wanted: Int, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard case .array(let elements) = value, case .array(let keys) = keys else {
            throw .raised("\(Excerpt.described(value)) and \(Excerpt.described(keys)) cannot be iterated over")
        }
        guard !elements.isEmpty else { return .null }
        var best = 0
        for position in keys.indices.dropFirst() {
            try budget.step()
            let order = try Order.compare(keys[position], keys[best], &budget)
            // Of equal ones the first is the smallest and the last the largest.
            if wanted < 0 ? order < 0 : order >= 0 { best = position }
        }
        return elements[best]
    }

    private static func reversed(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        switch value {
        case .null: return .array([])
        case .array(let elements):
            try budget.allocate(elements.count * Budget.valueBytes)
            return .array(elements.reversed())
        case .string(let text):
            try budget.allocate(text.utf8.count)
            var result = String.UnicodeScalarView()
            result.append(contentsOf: text.unicodeScalars.reversed())
            return .string(String(result))
        default: throw .raised("Cannot reverse \(Excerpt.described(value))")
        }
    }

    private static func entries(of value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        func entry(_ key: JSONValue, _ value: JSONValue) -> JSONValue {
            var entry = JSONObject()
            entry.reserveCapacity(2)
            entry["key"] = key
            entry["value"] = value
            return .object(entry)
        }
        switch value {
        case .object(let members):
            try budget.allocate(members.count * (4 * Budget.valueBytes + 2 * Budget.memberBytes))
            return .array(members.map { entry(.string($0.key), $0.value) })
        case .array(let elements):
            try budget.allocate(elements.count * (4 * Budget.valueBytes + 2 * Budget.memberBytes))
            return .array(elements.enumerated().map { entry(.integer(Int64($0)), $1) })
        default: throw .raised("\(Excerpt.described(value)) has no keys")
        }
    }

    private static func object(fromEntries value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        let entries: [JSONValue]
        switch value {
        case .array(let elements): entries = elements
        case .object(let members): entries = members.values
        default: throw Access.cannotIterate(value)
        }
        var result = JSONObject()
        result.reserveCapacity(entries.count)
        try budget.allocate(entries.count * Budget.memberBytes)
        for entry in entries {
            try budget.step()
            var key = try Access.index(entry, "key", &budget)
            if key.isNull {
                for name in ["k", "name", "Name", "K", "Key"] {
                    let other = try Access.index(entry, .string(name), &budget)
                    guard other.isTrue || name == "Key" else { continue }
                    key = other
                    break
                }
            }
            var content = JSONValue.null
            if case .object(let members) = entry {
                content = members["value"] ?? members["v"] ?? members["Value"] ?? members["V"] ?? .null
            }
            result[try Text.string(key, &budget)] = content
        }
        return .object(result)
    }

    private static func transposed(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        let rows = try array(value, "transposed")
        var width = 0
        for row in rows {
            guard case .array(let cells) = row else {
                if row.isNull { continue }
                throw Access.cannotIndex(row, .integer(0))
            }
            width = max(width, cells.count)
        }
        let (cells, overflow) = rows.count.multipliedReportingOverflow(by: width)
        try budget.allocate(overflow ? .max : (cells + width * 2) * Budget.valueBytes)
        return .array((0..<width).map { column in .array(rows.map { $0[column] ?? .null }) })
    }

    private static func search(
        _ value: JSONValue, _ wanted: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard case .array(let elements) = value else {
            throw .raised("\(Excerpt.described(value)) cannot be searched from")
        }
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            let order = try Order.compare(elements[middle], wanted, &budget)
            if order == 0 { return .integer(Int64(middle)) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return .integer(Int64(-1 - low))
    }

    private static func indices(
        _ value: JSONValue, _ wanted: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        switch (value, wanted) {
        case (.null, _): return .null
        case (.array(let elements), .array(let wanted)): return try Access.indices(of: wanted, in: elements, &budget)
        case (.array(let elements), _): return try Access.indices(of: [wanted], in: elements, &budget)
        case (.string(let text), .string(let part)):
            return .array(try Text.scalarIndices(of: part, in: text, &budget))
        default: return try Access.index(value, wanted, &budget)
        }
    }
}
