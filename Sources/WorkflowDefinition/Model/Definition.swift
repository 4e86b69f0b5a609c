package import JSON

/// A loaded and validated workflow definition (Open Workflow Specification DSL 1.0).
///
/// Every expression is compiled, every name resolved, every default applied: what loads can run.
package struct Definition: Sendable {
    package var document: Document
    package var input: InputClause
    package var output: OutputClause
    package var timeout: DurationTemplate?
    /// The reusable components that the tasks refer to are already resolved into them.
    package var tasks: TaskList
    /// The document as written, for storing and digests.
    package var source: JSONValue
    /// Every `metadata.enhancement`, in document order; a template shows them as its `ai_enhancement_points`.
    package var enhancementPoints: [EnhancementPoint]
    /// Names of the functions and activities that any task calls, `http` included, each once, in document order.
    package var referencedFunctions: [String]
    /// `use.secrets`: the names of the tenant's secrets that calls may resolve.
    package var secrets: [String]

    package init(
        document: Document, input: InputClause, output: OutputClause, timeout: DurationTemplate?, tasks: TaskList,
        source: JSONValue, enhancementPoints: [EnhancementPoint] = [], referencedFunctions: [String] = [],
        secrets: [String] = []
    ) {
        self.document = document
        self.input = input
        self.output = output
        self.timeout = timeout
        self.tasks = tasks
        self.source = source
        self.enhancementPoints = enhancementPoints
        self.referencedFunctions = referencedFunctions
        self.secrets = secrets
    }
}

package struct Document: Sendable {
    package var dsl: String
    package var namespace: String
    package var name: String
    package var version: String
    package var title: String?
    package var summary: String?
    package var tags: JSONObject
    package var metadata: JSONObject

    package init(
        dsl: String, namespace: String, name: String, version: String, title: String? = nil, summary: String? = nil,
        tags: JSONObject = JSONObject(), metadata: JSONObject = JSONObject()
    ) {
        self.dsl = dsl
        self.namespace = namespace
        self.name = name
        self.version = version
        self.title = title
        self.summary = summary
        self.tags = tags
        self.metadata = metadata
    }
}

/// Named tasks in order; names are unique within a list.
package struct TaskList: Sendable {
    package var tasks: [TaskDefinition]
    package init(_ tasks: [TaskDefinition]) { self.tasks = tasks }

    package func index(of name: String) -> Int? { tasks.firstIndex { $0.name == name } }
}

package struct TaskDefinition: Sendable {
    package var name: String
    /// Where the task stands in the document: `/do/0/extract`.
    package var position: JSONPointer
    package var condition: Expression?
    package var input: InputClause
    package var output: OutputClause
    package var export: ExportClause?
    package var timeout: DurationTemplate?
    package var then: FlowDirective
    package var metadata: JSONObject
    package var enhancement: Enhancement?
    package var kind: TaskKind

    package init(
        name: String, position: JSONPointer, condition: Expression? = nil, input: InputClause = InputClause(),
        output: OutputClause = OutputClause(), export: ExportClause? = nil, timeout: DurationTemplate? = nil,
        then: FlowDirective = .continue, metadata: JSONObject = JSONObject(), enhancement: Enhancement? = nil,
        kind: TaskKind
    ) {
        self.name = name
        self.position = position
        self.condition = condition
        self.input = input
        self.output = output
        self.export = export
        self.timeout = timeout
        self.then = then
        self.metadata = metadata
        self.enhancement = enhancement
        self.kind = kind
    }
}

package indirect enum TaskKind: Sendable {
    case `do`(TaskList)
    case set(Template)
    case call(Call)
    case `switch`([SwitchCase])
    case fork(branches: TaskList, compete: Bool)
    case `for`(ForLoop)
    case `try`(TryBlock)
    case raise(ErrorTemplate)
    case wait(DurationTemplate)
}

/// What follows a task.
package enum FlowDirective: Sendable, Hashable {
    case `continue`, exit, end
    /// A task of the same list.
    case task(String)
}

package struct InputClause: Sendable {
    package var schema: JSONSchema?
    package var from: Template?
    package init(schema: JSONSchema? = nil, from: Template? = nil) {
        self.schema = schema
        self.from = from
    }
}

package struct OutputClause: Sendable {
    package var schema: JSONSchema?
    package var `as`: Template?
    package init(schema: JSONSchema? = nil, as: Template? = nil) {
        self.schema = schema
        self.as = `as`
    }
}

package struct ExportClause: Sendable {
    package var schema: JSONSchema?
    package var `as`: Template?
    package init(schema: JSONSchema? = nil, as: Template? = nil) {
        self.schema = schema
        self.as = `as`
    }
}

package struct SwitchCase: Sendable {
    package var name: String
    /// nil: the default case.
    package var when: Expression?
    package var then: FlowDirective
    package init(name: String, when: Expression?, then: FlowDirective) {
        self.name = name
        self.when = when
        self.then = then
    }
}

package struct ForLoop: Sendable {
    /// Variable names without `$`; `item` and `index` by default.
    package var each: String
    package var at: String
    package var `in`: Template
    package var `while`: Expression?
    package var tasks: TaskList
    package init(each: String, at: String, in: Template, while: Expression?, tasks: TaskList) {
        self.each = each
        self.at = at
        self.in = `in`
        self.while = `while`
        self.tasks = tasks
    }
}

package struct TryBlock: Sendable {
    package var tasks: TaskList
    package var `catch`: CatchClause
    package init(tasks: TaskList, catch: CatchClause) {
        self.tasks = tasks
        self.catch = `catch`
    }
}

package struct CatchClause: Sendable {
    /// Members that an error must equal to be caught (`type`, `status`, `title`, `detail`, `instance`); empty: all.
    package var with: JSONObject
    package var variable: String
    package var when: Expression?
    package var exceptWhen: Expression?
    package var retry: RetryTemplate?
    package var tasks: TaskList?
    /// Where the flow goes after an error was caught (and `tasks` ran), in place of the try task's own `then`.
    package var then: FlowDirective?
    package init(
        with: JSONObject, variable: String, when: Expression?, exceptWhen: Expression?, retry: RetryTemplate?,
        tasks: TaskList?, then: FlowDirective? = nil
    ) {
        self.with = with
        self.variable = variable
        self.when = when
        self.exceptWhen = exceptWhen
        self.retry = retry
        self.tasks = tasks
        self.then = then
    }
}

package struct RetryTemplate: Sendable {
    package enum Backoff: Sendable { case constant, linear, exponential }
    package var when: Expression?
    package var exceptWhen: Expression?
    package var delay: DurationTemplate?
    package var backoff: Backoff
    /// Attempts besides the first; nil: no bound.
    package var attempts: Int?
    package var attemptTimeout: DurationTemplate?
    /// Bound on the whole of all attempts.
    package var limit: DurationTemplate?
    package var jitterFrom: DurationTemplate?
    package var jitterTo: DurationTemplate?
    package init(
        when: Expression? = nil, exceptWhen: Expression? = nil, delay: DurationTemplate? = nil,
        backoff: Backoff = .constant,
        attempts: Int? = nil, attemptTimeout: DurationTemplate? = nil, limit: DurationTemplate? = nil,
        jitterFrom: DurationTemplate? = nil, jitterTo: DurationTemplate? = nil
    ) {
        self.when = when
        self.exceptWhen = exceptWhen
        self.delay = delay
        self.backoff = backoff
        self.attempts = attempts
        self.attemptTimeout = attemptTimeout
        self.limit = limit
        self.jitterFrom = jitterFrom
        self.jitterTo = jitterTo
    }
}

package struct ErrorTemplate: Sendable {
    package var type: Template
    package var status: Template
    package var title: Template?
    package var detail: Template?
    package var instance: Template?
    package init(type: Template, status: Template, title: Template?, detail: Template?, instance: Template?) {
        self.type = type
        self.status = status
        self.title = title
        self.detail = detail
        self.instance = instance
    }
}

package enum Call: Sendable {
    /// A catalogued function: `ai_summarize_activity:1.0.0@default`, or the bare name.
    case function(name: String, version: String?, catalog: String?, with: Template)
    /// The specification's `http` call; `with` keeps its members (`method`, `endpoint`, `headers`, `query`, `body`,
    /// `output`, `redirect`). `endpoint` is a text or `{uri: text}`; a literal text is a URI template whose `{name}`
    /// stand for top-level members of the task's input ("" when missing), expanded when the call is made; the text
    /// that an expression gave is the URI itself.
    case http(with: Template)
    /// An activity of any Temporal worker in any language, by name and task queue.
    case activity(ActivityCall)
}

package struct ActivityCall: Sendable {
    package var name: String
    package var taskQueue: String
    package var input: Template
    package var scheduleToClose: DurationTemplate?
    package var scheduleToStart: DurationTemplate?
    package var startToClose: DurationTemplate?
    package var heartbeat: DurationTemplate?
    /// Temporal's own retry policy: `initialInterval`, `backoffCoefficient`, `maximumInterval`, `maximumAttempts`,
    /// `nonRetryableErrorTypes`, durations in seconds.
    package var retry: JSONObject?
    package init(
        name: String, taskQueue: String, input: Template, scheduleToClose: DurationTemplate? = nil,
        scheduleToStart: DurationTemplate? = nil, startToClose: DurationTemplate? = nil,
        heartbeat: DurationTemplate? = nil, retry: JSONObject? = nil
    ) {
        self.name = name
        self.taskQueue = taskQueue
        self.input = input
        self.scheduleToClose = scheduleToClose
        self.scheduleToStart = scheduleToStart
        self.startToClose = startToClose
        self.heartbeat = heartbeat
        self.retry = retry
    }
}

/// An AI enhancement point (`metadata.enhancement`): a task that makes the workflow better and can never make it fail.
package struct Enhancement: Sendable {
    package enum Fallback: Sendable {
        case value(Template)
        case tasks(TaskList)
        /// The author wants the fault.
        case fault
    }
    package var id: String
    /// `premium`, `enterprise`, …; the tiers that are entitled.
    package var tiers: [String]
    package var fallback: Fallback
    /// Schedule-to-close of the calls inside; 60 s by default.
    package var timeout: DurationTemplate?
    package init(id: String, tiers: [String], fallback: Fallback, timeout: DurationTemplate?) {
        self.id = id
        self.tiers = tiers
        self.fallback = fallback
        self.timeout = timeout
    }
}
