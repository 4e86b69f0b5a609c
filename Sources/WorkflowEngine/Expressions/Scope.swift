import JSON
import WorkflowDefinition

/// What an expression sees besides the value that it is evaluated on.
struct Scope {
    var frame: FrameID
    /// `$input` is bound: not before `input.from` has made it.
    var hasInput = false
    /// The names that the frame's own task binds are in scope: a loop's item and index, a `catch`'s error.
    var bindsOwn = false
    /// `$task.output`.
    var rawOutput = ValueID.none
    /// `$output`.
    var output = ValueID.none

    init(_ frame: FrameID, hasInput: Bool = false, bindsOwn: Bool = false) {
        self.frame = frame
        self.hasInput = hasInput
        self.bindsOwn = bindsOwn
    }
}

extension Interpreter {
    /// The value of a name that a loop or a `catch` around the frame binds; the nearest wins.
    func binding(_ name: String, _ scope: Scope) -> JSONValue {
        if scope.bindsOwn, let value = ownBinding(name, scope.frame, catchesError: true) { return value }
        var frame = self[scope.frame].parent
        while frame != .none {
            if let value = ownBinding(name, frame, catchesError: self[frame].phase == .handler) { return value }
            frame = self[frame].parent
        }
        return .null
    }

    private func ownBinding(_ name: String, _ frame: FrameID, catchesError: Bool) -> JSONValue? {
        guard self[frame].phase != .fallback else { return nil }
        switch node(frame).task.kind {
        case .for(let loop):
            guard let turns = self[frame].loop else { return nil }
            if name == loop.each { return state.values[turns.items][turns.index] }
            return name == loop.at ? .integer(Int64(turns.index)) : nil
        case .try(let block):
            guard catchesError, let attempts = self[frame].attempts, name == block.catch.variable else { return nil }
            return state.values[attempts.error]
        default: return nil
        }
    }
}
