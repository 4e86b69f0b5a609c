/// What ran, for people: the last steps and what became of the enhancement points.
struct StepLog: Sendable {
    static let kept = 1_000
    /// How far a list may outgrow `kept` before it is cut.
    private static let slack = 1_000

    /// A step as it is kept: small, because every task writes one.
    struct Record: Sendable {
        let number: Int
        let label: StepLabel
        var status = Step.Status.running
        let attempt: Int32
        let startedAt: Instant
        var endedAt: Instant?
        var detail: StepDetail?
    }

    /// Ascending numbers; finished ones are dropped first, so that every running step stays.
    private(set) var records: [Record] = []
    private(set) var count = 0
    private(set) var cutAt = kept + slack

    private(set) var enhancements: [EnhancementUse] = []
    var hasFallenBack = false
    private(set) var functions: [String] = []

    /// Gives the step's number.
    mutating func begin(_ label: StepLabel, attempt: Int, at now: Instant) -> Int {
        if records.count >= cutAt { cut() }
        count += 1
        records.append(Record(number: count, label: label, attempt: Int32(clamping: attempt), startedAt: now))
        return count
    }

    /// Does nothing for a step that has ended or was dropped.
    mutating func end(_ number: Int, _ status: Step.Status, _ error: WorkflowError?, at now: Instant) {
        guard let index = index(of: number), records[index].status == .running else { return }
        records[index].status = status
        records[index].endedAt = now
        if let error {
            records[index].detail = StepDetail(enhancement: records[index].detail?.enhancement, error: error)
        }
    }

    mutating func add(_ use: EnhancementUse, to number: Int) {
        if enhancements.count >= Self.kept + Self.slack { enhancements.removeFirst(Self.slack) }
        enhancements.append(use)
        guard let index = index(of: number) else { return }
        records[index].detail = StepDetail(enhancement: use, error: records[index].detail?.error)
    }

    mutating func addFunction(_ name: String) {
        if functions.count < Self.kept, !functions.contains(name) { functions.append(name) }
    }

    var steps: [Step] { records.map { Step($0) } }
    func step(_ number: Int) -> Step? { index(of: number).map { Step(records[$0]) } }

    private func index(of number: Int) -> Int? {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < records.count && records[low].number == number ? low : nil
    }

    private mutating func cut() {
        var excess = records.count - Self.kept
        records.removeAll { record in
            guard excess > 0, record.status != .running else { return false }
            excess -= 1
            return true
        }
        cutAt = max(Self.kept, records.count) + Self.slack
    }

    init() {}

    init(
        steps: [Step], count: Int, cutAt: Int, enhancements: [EnhancementUse], hasFallenBack: Bool, functions: [String]
    ) {
        records = steps.map { step in
            let isPlain = step.enhancement == nil && step.error == nil
            return Record(
                number: step.number,
                label: StepLabel(name: step.name, position: step.position, kind: step.kind, function: step.function),
                status: step.status, attempt: Int32(clamping: step.attempt), startedAt: step.startedAt,
                endedAt: step.endedAt,
                detail: isPlain ? nil : StepDetail(enhancement: step.enhancement, error: step.error))
        }
        self.count = count
        self.cutAt = cutAt
        self.enhancements = enhancements
        self.hasFallenBack = hasFallenBack
        self.functions = functions
    }
}

/// What all steps of one task have in common.
final class StepLabel: Sendable {
    let name: String
    let position: String
    let kind: String
    let function: String?

    init(name: String, position: String, kind: String, function: String?) {
        self.name = name
        self.position = position
        self.kind = kind
        self.function = function
    }
}

/// What only few steps have.
final class StepDetail: Sendable {
    let enhancement: EnhancementUse?
    let error: WorkflowError?

    init(enhancement: EnhancementUse?, error: WorkflowError?) {
        self.enhancement = enhancement
        self.error = error
    }
}

extension Step {
    fileprivate init(_ record: StepLog.Record) {
        let label = record.label
        self.init(
            number: record.number, name: label.name, position: label.position, kind: label.kind,
            function: label.function, status: record.status, startedAt: record.startedAt, endedAt: record.endedAt,
            attempt: Int(record.attempt), enhancement: record.detail?.enhancement, error: record.detail?.error)
    }
}
