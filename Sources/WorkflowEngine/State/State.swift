import JSON

/// Everything a run remembers: one flat array of frames, one table of values that frames name by index.
struct State: Sendable {
    var values = ValueTable()
    /// Freed slots keep their place until they are used again; their phase is `.free`.
    var frames: [Frame] = []
    var freeFrames: [FrameID] = []
    /// Frames that have something to do now; last in, first out. Empty between events.
    var ready: [FrameID] = []

    /// `$workflow.input`: before `input.from`.
    var input: ValueID = .none
    /// `$context`.
    var context: ValueID = .none

    var activities = OpenTable<FrameID>()
    var timers = OpenTable<Timer>()

    var log = StepLog()
    var random: SplitMix64
    var isDraining = false
    var outcome: Outcome?
}

typealias FrameID = Int32

struct Timer: Sendable {
    enum Purpose: String, Sendable {
        /// A `wait` task's, or the pause before another attempt.
        case wait
        /// A task's or the workflow's `timeout`.
        case timeout
        /// One attempt of a `try`.
        case attempt
    }

    var frame: FrameID
    var purpose: Purpose
    /// Absolute, so that a run that continues as new neither shortens nor stretches it.
    var deadline: Instant
}

/// What is open, by its sequence number, in the order of opening.
struct OpenTable<Element: Sendable>: Sendable {
    private(set) var entries: [(id: UInt32, element: Element)] = []
    private(set) var last: UInt32 = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func open(_ element: Element) -> UInt32 {
        last += 1
        entries.append((last, element))
        return last
    }

    /// nil when it is not open, or not any more.
    mutating func close(_ id: UInt32) -> Element? {
        guard let index = index(of: id) else { return nil }
        return entries.remove(at: index).element
    }

    subscript(id: UInt32) -> Element? { index(of: id).map { entries[$0].element } }

    /// For restoring; entries come in ascending order of their ids.
    init(entries: [(id: UInt32, element: Element)] = [], last: UInt32 = 0) {
        self.entries = entries
        self.last = last
    }

    private func index(of id: UInt32) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].id == id ? low : nil
    }
}

/// The generator of Steele, Lea and Flood: 64 bits of state, which a snapshot carries.
struct SplitMix64: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
