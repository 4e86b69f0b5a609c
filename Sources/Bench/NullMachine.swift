import Foundation
import JSON
import Temporal
import Worker

/// The least workflow: as many `echo` activities as its input says, each fed with what the one before gave.
///
/// What it costs is the Temporal room alone; what a definition costs beside it is the interpreter.
struct NullMachine: WorkflowMachine {
    private let taskQueue: String
    private let activities: Seq
    private var value: Payload
    private var scheduled: Seq = 0

    init(start: WorkflowStart) throws(MachineFault) {
        guard let input = start.input.first, let count = try? input.jsonValue()["activities"]?.integer,
            let activities = Seq(exactly: count)
        else { throw MachineFault("the input names no number of activities") }
        taskQueue = start.taskQueue
        self.activities = activities
        value = input
    }

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        for case .activity(_, let resolution) in task.jobs {
            switch resolution {
            case .completed(let result): value = result ?? .null
            case .failed(let failure), .cancelled(let failure): return Turn(commands: [.fail(failure)])
            }
        }
        guard scheduled < activities else { return Turn(commands: [.complete(value)]) }
        scheduled += 1
        var options = ActivityOptions(activityType: "echo", taskQueue: taskQueue, input: [value])
        options.startToClose = .seconds(600)
        return Turn(commands: [.scheduleActivity(scheduled, options)])
    }

    func query(_ query: QueryCall) throws(Failure) -> Payload {
        throw .application("there are no queries", type: "UnknownQuery")
    }

    var footprint: Int { value.data.count }
}
