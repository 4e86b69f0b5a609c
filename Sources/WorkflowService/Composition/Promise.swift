import Synchronization

/// A value that is known later, once; whoever asks before waits.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, Never>])
        case known(Value)
    }
    private let state = Mutex(State.waiting([]))

    /// The first call counts.
    func fulfil(_ value: Value) {
        let waiting: [CheckedContinuation<Value, Never>] = state.withLock {
            guard case .waiting(let continuations) = $0 else { return [] }
            $0 = .known(value)
            return continuations
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let known: Value? = state.withLock {
                    switch $0 {
                    case .known(let value): return value
                    case .waiting(let continuations):
                        $0 = .waiting(continuations + [continuation])
                        return nil
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }
}
