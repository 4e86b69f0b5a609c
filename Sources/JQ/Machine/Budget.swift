import JSON

/// What is left of an evaluation's limits.
struct Budget {
    private(set) var fuel: Int
    /// Bytes made since the last count of what is alive, and what was alive then.
    private(set) var allocated = 0
    /// Above it the machine counts again.
    private(set) var threshold: Int
    let memory: Int

    init(_ limits: JQLimits) {
        fuel = limits.fuel
        memory = limits.memory
        threshold = limits.memory / 2
    }

    static let outOfFuel = JQError(.fuel, "the expression ran out of fuel")
    static let outOfMemory = JQError(.memory, "the expression ran out of memory")
    static let tooDeep = JQError(.depth, "a value nests deeper than \(JSONValue.depthLimit) levels")

    @inline(__always)
    mutating func step() throws(JQError) {
        fuel &-= 1
        if fuel < 0 { throw Self.outOfFuel }
    }

    /// Fuel for work beyond a step: about one per 16 bytes touched or per value visited.
    @inline(__always)
    mutating func spend(_ amount: Int) throws(JQError) {
        fuel = fuel.subtractingReportingOverflow(amount).partialValue
        if fuel < 0 || amount < 0 { throw Self.outOfFuel }
    }

    /// Before a value changes in place. It is copied where something else still holds it, which depends on more than
    /// the program; so every change pays a little of what a copy would take.
    @inline(__always)
    mutating func spendOnChange(of count: Int) throws(JQError) {
        if count > 1023 { try spend(count >> 10) }
    }

    /// For the copy of one level of a value that is changed while others hold it.
    mutating func spendOnCopy(of value: JSONValue) throws(JQError) {
        switch value {
        case .array(let elements): try spend(elements.count >> 2)
        case .object(let members): try spend(members.count >> 1)
        case .string(let text): try spend(text.utf8.count >> 6)
        default: break
        }
    }

    /// Before making a value of so many bytes.
    @inline(__always)
    mutating func allocate(_ bytes: Int) throws(JQError) {
        let (sum, overflow) = allocated.addingReportingOverflow(bytes)
        if overflow || sum > memory { throw Self.outOfMemory }
        allocated = sum
        try spend(bytes >> 4)
    }

    @inline(__always)
    var needsCount: Bool { allocated > threshold }

    mutating func count(alive: Int) throws(JQError) {
        allocated = alive
        if alive > memory { throw Self.outOfMemory }
        threshold = max(memory / 2, alive + (memory - alive) / 2)
    }

    /// Bytes that a value takes, shared parts counted every time, up to just over `limit`.
    mutating func size(of value: JSONValue, limit: Int) throws(JQError) -> Int {
        var nodes = 0
        let size = Self.size(of: value, limit: limit, &nodes)
        try spend(nodes >> 2)
        return size
    }

    static let valueBytes = MemoryLayout<JSONValue>.stride
    static let memberBytes = MemoryLayout<JSONObject.Element>.stride

    private static func size(of value: JSONValue, limit: Int, _ nodes: inout Int) -> Int {
        nodes += 1
        switch value {
        case .null, .bool, .integer, .double: return 0
        case .string(let text):
            let count = text.utf8.count
            return count > 15 ? count + 32 : 0
        case .array(let elements):
            var sum = 32 + elements.count * valueBytes
            for element in elements where sum <= limit { sum += size(of: element, limit: limit - sum, &nodes) }
            return sum
        case .object(let members):
            var sum = 32 + members.count * memberBytes
            for member in members where sum <= limit {
                let key = member.key.utf8.count
                sum += (key > 15 ? key + 32 : 0) + size(of: member.value, limit: limit - sum, &nodes)
            }
            return sum
        }
    }
}
