import JSON

/// jq's total order: null, false, true, numbers, strings, arrays, objects.
enum Order {
    @inline(__always)
    static func holds(
        _ operation: Operation, _ left: JSONValue, _ right: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> Bool {
        switch operation {
        case .equal: try areEqual(left, right, &budget)
        case .notEqual: try !areEqual(left, right, &budget)
        case .less: try compare(left, right, &budget) < 0
        case .lessOrEqual: try compare(left, right, &budget) <= 0
        case .greater: try compare(left, right, &budget) > 0
        default: try compare(left, right, &budget) >= 0
        }
    }

    static func areEqual(_ left: JSONValue, _ right: JSONValue, _ budget: inout Budget) throws(JQError) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            if left.utf8.count > 64 { try budget.spend(left.utf8.count >> 5) }
            return left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)):
            guard left.count == right.count else { return false }
            for (left, right) in zip(left, right) {
                try budget.step()
                guard try areEqual(left, right, &budget) else { return false }
            }
            return true
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            for (key, value) in left {
                try budget.step()
                guard let other = right[key], try areEqual(value, other, &budget) else { return false }
            }
            return true
        default: return rank(left) == rank(right) && compareScalars(left, right) == 0
        }
    }

    static func compare(_ left: JSONValue, _ right: JSONValue, _ budget: inout Budget) throws(JQError) -> Int {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            if left.utf8.count > 64 { try budget.spend(left.utf8.count >> 5) }
            return left.hasSameBytes(as: right) ? 0 : left.precedesByBytes(right) ? -1 : 1
        case (.array(let left), .array(let right)):
            for (left, right) in zip(left, right) {
                try budget.step()
                let order = try compare(left, right, &budget)
                if order != 0 { return order }
            }
            return left.count < right.count ? -1 : left.count == right.count ? 0 : 1
        case (.object(let left), .object(let right)): return try compare(left, right, &budget)
        default:
            let leftRank = rank(left)
            let rightRank = rank(right)
            if leftRank != rightRank { return leftRank < rightRank ? -1 : 1 }
            return compareScalars(left, right)
        }
    }

    /// The sorted keys first, then the values in that order.
    private static func compare(
        _ left: JSONObject, _ right: JSONObject, _ budget: inout Budget
    ) throws(JQError) -> Int {
        try budget.spend((left.count + right.count) * 4)
        let left = left.sortedByKey()
        let right = right.sortedByKey()
        for (left, right) in zip(left, right) where !left.key.hasSameBytes(as: right.key) {
            return left.key.precedesByBytes(right.key) ? -1 : 1
        }
        if left.count != right.count { return left.count < right.count ? -1 : 1 }
        for (left, right) in zip(left, right) {
            try budget.step()
            let order = try compare(left.value, right.value, &budget)
            if order != 0 { return order }
        }
        return 0
    }

    private static func rank(_ value: JSONValue) -> Int {
        switch value {
        case .null: 0
        case .bool(let value): value ? 2 : 1
        case .integer, .double: 3
        case .string: 4
        case .array: 5
        case .object: 6
        }
    }

    /// Of one rank. NaN is below every number, itself included.
    private static func compareScalars(_ left: JSONValue, _ right: JSONValue) -> Int {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right ? -1 : left == right ? 0 : 1
        case (.double(let left), .double(let right)): left.isNaN ? -1 : left < right ? -1 : left == right ? 0 : 1
        case (.integer(let left), .double(let right)): compare(left, right)
        case (.double(let left), .integer(let right)): left.isNaN ? -1 : -compare(right, left)
        default: 0
        }
    }

    /// Exact, where turning the integer into a double would round it.
    private static func compare(_ integer: Int64, _ double: Double) -> Int {
        if double.isNaN { return 1 }
        if double >= 0x1p63 { return -1 }
        if double < -0x1p63 { return 1 }
        let whole = Int64(double)
        if integer != whole { return integer < whole ? -1 : 1 }
        let fraction = double - Double(whole)
        return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
    }

    // MARK: Sorting

    static func sorted(_ elements: [JSONValue], _ budget: inout Budget) throws(JQError) -> [JSONValue] {
        let order = try permutation(of: elements, &budget)
        return order.map { elements[$0] }
    }

    /// The positions of the elements in ascending order; equal ones stay in theirs. A bottom-up merge sort.
    static func permutation(of keys: [JSONValue], _ budget: inout Budget) throws(JQError) -> [Int] {
        try budget.allocate(keys.count * (16 + Budget.valueBytes))
        var order = Array(keys.indices)
        var merged = order
        var width = 1
        while width < order.count {
            try budget.spend(order.count * 2)
            var start = 0
            while start < order.count {
                let middle = min(start + width, order.count)
                let end = min(start + 2 * width, order.count)
                var left = start
                var right = middle
                for target in start..<end {
                    let takesLeft: Bool
                    if left == middle {
                        takesLeft = false
                    } else if right == end {
                        takesLeft = true
                    } else {
                        takesLeft = try compare(keys[order[right]], keys[order[left]], &budget) >= 0
                    }
                    if takesLeft {
                        merged[target] = order[left]
                        left += 1
                    } else {
                        merged[target] = order[right]
                        right += 1
                    }
                }
                start = end
            }
            swap(&order, &merged)
            width *= 2
        }
        return order
    }
}
