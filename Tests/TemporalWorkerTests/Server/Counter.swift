import Temporal

/// Takes updates: `add` answers with the new total, `slowly` does after a timer, `fail` fails, everything else is rejected;
/// the signal `close` completes the run, the query `total` reads it.
struct Counter: WorkflowMachine {
    private var total = 0
    private var waiting: [Seq: (id: String, amount: Int)] = [:]
    private var lastTimer: Seq = 0

    init(start: WorkflowStart) {}

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        var commands: [Command] = []
        for job in task.jobs {
            switch job {
            case .update(let call):
                let amount = Self.amount(call) ?? 0
                switch call.name {
                case "add": commands.append(.completeUpdate(id: call.id, .success(add(amount))))
                case "fail":
                    commands.append(.completeUpdate(id: call.id, .failure(.application("no luck", type: "Luck"))))
                default:
                    lastTimer += 1
                    waiting[lastTimer] = (call.id, amount)
                    commands.append(.startTimer(lastTimer, .milliseconds(200), summary: "slowly"))
                }
            case .timerFired(let seq):
                guard let (id, amount) = waiting.removeValue(forKey: seq) else { break }
                commands.append(.completeUpdate(id: id, .success(add(amount))))
            case .signal(let call) where call.name == "close": commands.append(.complete(encoded))
            default: break
            }
        }
        return Turn(commands: commands)
    }

    private mutating func add(_ amount: Int) -> Payload {
        total += amount
        return encoded
    }

    private var encoded: Payload { (try? DataConverter.encode(total)) ?? .null }

    private static func amount(_ call: UpdateCall) -> Int? {
        call.input.first.flatMap { try? DataConverter.decode(Int.self, from: $0) }
    }

    func validate(_ update: UpdateCall) throws(Failure) {
        guard ["add", "slowly", "fail"].contains(update.name) else {
            throw .application("there is no update \(update.name)", type: "UnknownUpdate")
        }
        guard update.name == "fail" || Self.amount(update).map({ $0 > 0 }) == true else {
            throw .application("only more can be added", type: "BadAmount")
        }
    }

    func query(_ query: QueryCall) throws(Failure) -> Payload { encoded }

    var footprint: Int { waiting.count * 64 }
    var metadata: WorkflowMetadata { WorkflowMetadata(updates: [.init(name: "add", description: "Adds to the total")]) }
}
