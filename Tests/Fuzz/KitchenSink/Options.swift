import Temporal

extension Action.Activity {
    var options: ActivityOptions {
        let payload = input.flatMap { try? DataConverter.encode($0) }
        var options = ActivityOptions(activityType: type, taskQueue: queue ?? "", input: payload.map { [$0] } ?? [])
        options.startToClose = .seconds(startToClose ?? 10)
        options.heartbeat = heartbeat.map { .seconds($0) }
        options.retry = RetryPolicy(initialInterval: .milliseconds(50), maximumAttempts: attempts ?? 1)
        options.cancellation =
            switch cancellation {
            case "wait": .waitCompleted
            case "abandon": .abandon
            default: .tryCancel
            }
        options.summary = "kitchen"
        return options
    }
}

extension Action.Child {
    func childOptions(_ id: String) -> ChildOptions {
        let input = (try? DataConverter.encode(actions)).map { [$0] } ?? []
        var options = ChildOptions(workflowType: "KitchenSink", workflowID: id, input: input)
        options.runTimeout = timeout.map { .seconds($0) }
        options.cancellation =
            switch cancellation {
            case "wait": .waitCompleted
            case "waitRequested": .waitRequested
            case "abandon": .abandon
            default: .tryCancel
            }
        options.parentClosePolicy =
            switch whenParentCloses {
            case "cancel": .requestCancel
            case "abandon": .abandon
            default: .terminate
            }
        options.summary = "kitchen child"
        return options
    }
}
