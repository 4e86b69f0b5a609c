/// The numbers that a machine gives to its commands of one kind: always upwards from 1.
struct Numbering: Sendable {
    enum Kind: String, Sendable {
        case activity, timer, child, signal, cancel

        /// What is done to one, for messages.
        fileprivate var verb: String {
            switch self {
            case .activity: "scheduled"
            case .timer, .child: "started"
            case .signal, .cancel: "sent"
            }
        }
    }

    private let kind: Kind
    private var last: Seq = 0

    init(_ kind: Kind) { self.kind = kind }

    mutating func take(_ seq: Seq) throws(MachineFault) {
        guard seq > last else {
            throw MachineFault("\(kind) \(seq) \(kind.verb) after \(kind) \(last): numbers must rise")
        }
        last = seq
    }

    /// A cancel may come too late, but not before its command.
    func checkCancel(_ seq: Seq) throws(MachineFault) {
        guard seq <= last, seq > 0 else {
            throw MachineFault("cancels \(kind) \(seq), which was never \(kind.verb)")
        }
    }
}
