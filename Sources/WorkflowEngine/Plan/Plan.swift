import JSON
package import WorkflowDefinition

/// A definition flattened for running: every task is a node with a number, and frames name their task by it.
///
/// Numbers live only as long as the process. Snapshots name tasks by path, which is what lets a run move to a changed
/// definition.
package final class Plan: Sendable {
    let definition: Definition
    let nodes: [PlanNode]
    /// The workflow itself, as a `do` task around the definition's list.
    let root: Int32

    package init(definition: Definition) {
        var builder = PlanBuilder()
        let workflow = TaskDefinition(
            name: definition.document.name, position: .root, output: definition.output, timeout: definition.timeout,
            kind: .do(definition.tasks))
        root = builder.add(workflow, at: .root)
        nodes = builder.nodes
        self.definition = definition
    }

    /// The node at each path; made when asked for, because only restoring needs it.
    func numbers() -> [JSONPointer: Int32] {
        var numbers: [JSONPointer: Int32] = [:]
        for (number, node) in nodes.enumerated() { numbers[node.path] = Int32(number) }
        return numbers
    }
}

/// One task with the lists inside it.
final class PlanNode: Sendable {
    let task: TaskDefinition
    /// What people see of it, with its JSON Pointer into the document.
    let label: StepLabel
    /// The way from the workflow down to the task. It is the position, but for tasks of a reusable function, which stand
    /// in the document once and here at each of its calls.
    let path: JSONPointer
    let parts: PlanParts

    init(task: TaskDefinition, path: JSONPointer, parts: PlanParts) {
        self.task = task
        label = StepLabel(
            name: task.name, position: task.position.description, kind: task.kind.keyword, function: task.kind.function)
        self.path = path
        self.parts = parts
    }

    var position: String { label.position }
    var isFork: Bool { if case .fork = task.kind { true } else { false } }
}

/// The numbers of the nodes in each list of a task.
struct PlanParts: Sendable {
    /// The tasks of `do`, `for` and `try`, the branches of `fork`.
    var body: [Int32] = []
    /// `catch.do`.
    var handler: [Int32] = []
    /// The tasks of an enhancement point's fallback.
    var fallback: [Int32] = []

    /// The list whose tasks run in a frame, by the phase the frame is in.
    func list(in phase: Frame.Phase) -> [Int32] {
        switch phase {
        case .handler: handler
        case .fallback: fallback
        default: body
        }
    }
}

private struct PlanBuilder {
    var nodes: [PlanNode] = []

    mutating func add(_ task: TaskDefinition, at path: JSONPointer) -> Int32 {
        var parts = PlanParts()
        switch task.kind {
        case .do(let list): parts.body = add(list, at: path.appending("do"))
        case .for(let loop): parts.body = add(loop.tasks, at: path.appending("do"))
        case .fork(let branches, _): parts.body = add(branches, at: path.appending("fork").appending("branches"))
        case .try(let block):
            parts.body = add(block.tasks, at: path.appending("try"))
            if let tasks = block.catch.tasks { parts.handler = add(tasks, at: path.appending("catch").appending("do")) }
        case .set, .call, .switch, .raise, .wait: break
        }
        if case .tasks(let list) = task.enhancement?.fallback {
            parts.fallback = add(
                list, at: path.appending("metadata").appending("enhancement").appending("fallback").appending("do"))
        }
        nodes.append(PlanNode(task: task, path: path, parts: parts))
        return Int32(nodes.count - 1)
    }

    private mutating func add(_ list: TaskList, at path: JSONPointer) -> [Int32] {
        var numbers: [Int32] = []
        for (index, task) in list.tasks.enumerated() {
            numbers.append(add(task, at: path.appending(index).appending(task.name)))
        }
        return numbers
    }
}

extension TaskKind {
    /// The keyword of the specification.
    var keyword: String {
        switch self {
        case .do: "do"
        case .set: "set"
        case .call: "call"
        case .switch: "switch"
        case .fork: "fork"
        case .for: "for"
        case .try: "try"
        case .raise: "raise"
        case .wait: "wait"
        }
    }

    var function: String? {
        guard case .call(let call) = self else { return nil }
        return switch call {
        case .function(let name, _, _, _): name
        case .http: "http"
        case .activity(let activity): activity.name
        }
    }
}
