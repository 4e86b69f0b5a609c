/// What ran, for people: the last steps and what became of the enhancement points.
struct StepLog: Sendable {
    static let kept = 1_000
    /// How far a list may outgrow `kept` before it is cut.
    private static let slack = 100

    /// Ascending numbers; finished ones are dropped first, so that every running step stays.
    private(set) var steps: [Step] = []
    private(set) var count = 0
    private(set) var cutAt = kept + slack

    private(set) var enhancements: [EnhancementUse] = []
    var hasFallenBack = false
    private(set) var functions: [String] = []

    /// Gives the step its number.
    mutating func begin(_ step: Step) -> Int {
        if steps.count >= cutAt { cut() }
        count += 1
        steps.append(step)
        steps[steps.count - 1].number = count
        return count
    }

    /// Does nothing for a step that was dropped.
    mutating func update(_ number: Int, _ change: (inout Step) -> Void) {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].number < number { low = middle + 1 } else { high = middle }
        }
        if low < steps.count, steps[low].number == number { change(&steps[low]) }
    }

    mutating func add(_ use: EnhancementUse) {
        if enhancements.count >= Self.kept + Self.slack { enhancements.removeFirst(Self.slack) }
        enhancements.append(use)
    }

    mutating func addFunction(_ name: String) {
        if functions.count < Self.kept, !functions.contains(name) { functions.append(name) }
    }

    private mutating func cut() {
        var excess = steps.count - Self.kept
        steps.removeAll { step in
            guard excess > 0, step.status != .running else { return false }
            excess -= 1
            return true
        }
        cutAt = max(Self.kept, steps.count) + Self.slack
    }

    init() {}

    init(
        steps: [Step], count: Int, cutAt: Int, enhancements: [EnhancementUse], hasFallenBack: Bool, functions: [String]
    ) {
        self.steps = steps
        self.count = count
        self.cutAt = cutAt
        self.enhancements = enhancements
        self.hasFallenBack = hasFallenBack
        self.functions = functions
    }
}
