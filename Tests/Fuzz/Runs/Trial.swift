import Foundation
import Temporal

/// One run of a tree on a server, whose workers are there or come again.
struct Trial: Sendable {
    let client: TemporalClient
    let queue: String
    let tree: Tree
    let workflowID: String

    struct Outcome: Sendable {
        /// What is not as it must be.
        var problems: [String]
        var chain: Chain?
        /// Of the workflow and the children that it waits for.
        var commands: [String] = []
    }

    init(_ tree: Tree, client: TemporalClient, queue: String) {
        self.tree = tree
        self.client = client
        self.queue = queue
        workflowID = "fuzz-\(tree.kind)-\(tree.seed)-\(UUID().uuidString.prefix(8))"
    }

    /// A run that has not ended by then never will.
    private static let patience = Duration.seconds(150)

    func run() async -> Outcome {
        do {
            var request = StartWorkflowRequest(
                workflowID: workflowID, workflowType: "KitchenSink", taskQueue: queue,
                input: [try DataConverter.encode(tree.actions)])
            request.taskTimeout = .seconds(tree.kind == .killable ? 4 : 10)
            let runID = try await client.startWorkflow(request).runID
            var problems = await interact()
            let chain = try await settledChain(runID, &problems)
            problems += try await judge(chain)
            let detached = tree.detached.map { "\(workflowID)/\($0.name)" }
            return Outcome(problems: problems, chain: chain, commands: chain.commands(without: detached))
        } catch {
            return Outcome(problems: ["\(error)"])
        }
    }

    // MARK: From outside

    /// Sends what the tree waits for, in any order, until the workflow ends.
    private func interact() async -> [String] {
        var random = SplitMix64(seed: tree.seed ^ 0x5eed)
        func pause(_ most: Int) -> Duration { .milliseconds(Int.random(in: 0...most, using: &random)) }
        let signals = tree.signals.map { ($0, pause(400)) }
        let updates = tree.updates.map { ($0, pause(400)) }
        let queries = (0..<Int.random(in: 0...2, using: &random)).map { _ in pause(600) }
        let refused = random.chance(15) ? pause(400) : nil
        let interruption = tree.interruption.map { ($0, pause(800)) }
        return await withTaskGroup(of: [String].self) { group in
            for (name, pause) in signals { group.addTask { await after(pause) { try await signal(name) } } }
            for (update, pause) in updates { group.addTask { await after(pause) { try await answer(to: update) } } }
            for pause in queries { group.addTask { await after(pause) { try await query() } } }
            if let refused { group.addTask { await after(refused) { try await refusal() } } }
            if let (interruption, pause) = interruption {
                group.addTask { await after(pause) { try await interrupt(interruption) } }
            }
            group.addTask { await end() }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func after(_ pause: Duration, _ body: () async throws -> [String]) async -> [String] {
        do {
            try await Task.sleep(for: pause)
            return try await body()
        } catch {
            return ["\(error)"]
        }
    }

    private func end() async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do {
                    let end = Prediction(try await client.result(workflowID: workflowID))
                    return end == tree.expected ? nil : "ended \(end), not \(tree.expected)"
                } catch {
                    return "\(error)"
                }
            }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return "has not ended after \(Self.patience)"
            }
            defer { group.cancelAll() }
            return [await group.next() ?? nil].compactMap { $0 }
        }
    }

    private func signal(_ name: String) async throws -> [String] {
        let input = [try DataConverter.encode(name)]
        do {
            try await client.signal(workflowID: workflowID, name: name, input: input)
        } catch {
            // Or the workflow was interrupted first.
            guard error.code == .notFound, tree.interruption != nil else { throw error }
        }
        return []
    }

    private func answer(to update: Tree.Update) async throws -> [String] {
        let end = ContinuousClock.now + Self.patience
        let arguments = [try DataConverter.encode(update.actions)]
        // A run that ends, for the next one or for good, or whose worker dies, may leave it without an answer. The id is the
        // same for every try, so that it is done once in a run; and a run that has done it waits for no second.
        while .now < end {
            do {
                let result = try await client.update(
                    workflowID: workflowID, name: "do", arguments: arguments,
                    updateID: update.id, timeout: .seconds(30))
                let answer: Prediction =
                    switch result.outcome {
                    case .completed(let payloads)?: Prediction(.completed(payloads))
                    case .failed(let failure)?: .failed(failure.root)
                    case nil: .blocked
                    }
                let expected = Prediction(of: update.actions)
                if answer == expected || tree.interruption != nil { return [] }
                // The next run takes it.
                if answer == .failed("the kitchen is closing") || answer == .failed("the workflow is closing") {
                    try? await Task.sleep(for: .milliseconds(50))
                    continue
                }
                return ["update \(update.id) was answered \(answer), not \(expected)"]
            } catch {
                if error.code == .notFound, tree.interruption != nil { return [] }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        return ["update \(update.id) was never answered"]
    }

    /// A query may find no worker; an answer must be a log.
    private func query() async throws -> [String] {
        guard let payload = try? await client.query(workflowID: workflowID, name: "log").first else { return [] }
        let log: [String]? = try? DataConverter.decode(from: payload)
        return log == nil ? ["a query's answer is no log"] : []
    }

    /// An update that no handler takes.
    private func refusal() async throws -> [String] {
        do {
            let update = try await client.update(workflowID: workflowID, name: "other", timeout: .seconds(30))
            guard case .failed? = update.outcome else {
                return ["an unknown update was answered \(String(describing: update.outcome))"]
            }
        } catch {
            // The workflow ended first, or its worker.
        }
        return []
    }

    private func interrupt(_ interruption: Tree.Interruption) async throws -> [String] {
        switch interruption {
        case .cancel: try await client.cancel(workflowID: workflowID, reason: "enough")
        case .terminate: try await client.terminate(workflowID: workflowID, reason: "enough")
        }
        return []
    }

    // MARK: What is left

    /// The histories, once everything that was started has ended.
    private func settledChain(_ runID: String, _ problems: inout [String]) async throws -> Chain {
        let end = ContinuousClock.now + .seconds(40)
        while true {
            let chain = try await Chain(workflowID, runID, of: client)
            if chain.open.isEmpty { return chain }
            guard .now < end else {
                problems.append("still open: \(chain.open)")
                return chain
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func judge(_ chain: Chain) async throws -> [String] {
        var problems = chain.divergences()
        guard tree.interruption == nil else { return problems }
        for child in tree.detached {
            let end = chain.end(of: "\(workflowID)/\(child.name)")
            if end != child.end {
                problems.append("child \(child.name) ended \(String(describing: end)), not \(child.end)")
            }
        }
        let run = try await client.describe(workflowID: workflowID).execution
        for (name, value) in tree.attributes where run.searchAttributes[name] != .keyword(value) {
            problems.append("\(name) is \(String(describing: run.searchAttributes[name])), not \(value)")
        }
        for (name, value) in tree.memo {
            let found: String? = run.memo[name].flatMap { try? DataConverter.decode(from: $0) }
            if found != value { problems.append("memo \(name) is \(String(describing: found)), not \(value)") }
        }
        return problems
    }
}
