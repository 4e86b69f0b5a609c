import Foundation
import Glibc
import Synchronization
import Temporal

/// Many small workflows, so many at once, on one worker process whose memory is watched.
struct Soak: Sendable {
    /// What histories tell: tasks, and what must not happen.
    struct Tally: Sendable {
        /// Workflow tasks and attempts at activities that the server gave out.
        var tasks = 0
        var wrongResults = 0
        var timedOutTasks = 0
        var failedTasks = 0
        var lastProblem = ""

        var mishaps: Int { wrongResults + timedOutTasks + failedTasks }
    }

    let client: TemporalClient
    let queue: String
    let worker: Int32
    let workflows: Int
    let width: Int

    struct Result: Sendable {
        var tally = Tally()
        var seconds = 0.0
        /// Bytes of the worker at the end over those after a quarter.
        var growth = 0.0
    }

    func run(progress: @Sendable (String) -> Void) async -> Result {
        var result = Result()
        /// Megabytes and the number of workflows that had ended by then.
        var samples: [(done: Int, megabytes: Double)] = []
        let begin = ContinuousClock.now
        await withTaskGroup(of: Tally.self) { group in
            var done = 0
            func take(_ tally: Tally) {
                result.tally.add(tally)
                done += 1
                if done % max(1, workflows / 400) == 0 { samples.append((done, residentMegabytes)) }
                guard done % max(1, workflows / 20) == 0 else { return }
                let seconds = Double((ContinuousClock.now - begin).components.seconds)
                progress(
                    "\(done) workflows, \(Int(Double(done) / max(seconds, 1)))/s, worker \(Int(residentMegabytes)) MB, "
                        + "\(result.tally.timedOutTasks) tasks timed out, \(result.tally.failedTasks) failed, "
                        + "\(result.tally.wrongResults) wrong results \(result.tally.lastProblem)")
            }
            for index in 0..<workflows {
                if index >= width, let tally = await group.next() { take(tally) }
                group.addTask { await one(index) }
            }
            for await tally in group { take(tally) }
        }
        result.seconds = Double((ContinuousClock.now - begin).components.seconds)
        func median(_ range: ClosedRange<Double>) -> Double {
            let part = samples.filter { range.contains(Double($0.done) / Double(workflows)) }.map(\.megabytes).sorted()
            return part.isEmpty ? 0 : part[part.count / 2]
        }
        result.growth = median(0.95...1) / median(0.225...0.275)
        return result
    }

    private var residentMegabytes: Double {
        let text = (try? String(contentsOfFile: "/proc/\(worker)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }

    /// 0, 1 or 5 activities; now and then a timer, a child, a wait in the cache.
    private static func actions(_ index: Int) -> [Action] {
        let echo = Action.activity("echo", "x") { $0.attempts = 0 }
        switch index % 20 {
        case 0..<7: return [.say("nothing")]
        case 7..<13: return [echo]
        case 13..<17: return Array(repeating: echo, count: 5)
        case 17: return [.sleep(0.05), echo]
        case 18: return [.parallel([[echo], [.sleep(2)]])]
        default: return [.child([echo])]
        }
    }

    private func one(_ index: Int) async -> Tally {
        var tally = Tally()
        let actions = Self.actions(index)
        let id = "soak-\(index)-\(queue)"
        do {
            let request = StartWorkflowRequest(
                workflowID: id, workflowType: "KitchenSink", taskQueue: queue,
                input: [try DataConverter.encode(actions)])
            let runID = try await client.startWorkflow(request).runID
            let end = Prediction(try await client.result(workflowID: id, runID: runID))
            if end != Prediction(of: actions) {
                tally.wrongResults += 1
                tally.lastProblem = "\(id) ended \(end)"
            }
            for event in try await Chain(id, runID, of: client).all.flatMap(\.events) {
                let before = tally.mishaps
                switch event.kind {
                case .workflowTaskStarted: tally.tasks += 1
                case .workflowTaskTimedOut, .activityTimedOut: tally.timedOutTasks += 1
                case .workflowTaskFailed, .activityFailed: tally.failedTasks += 1
                case .activityStarted(_, let attempt):
                    tally.tasks += attempt
                    tally.timedOutTasks += attempt - 1
                default: break
                }
                if tally.mishaps > before { tally.lastProblem = "\(id) \(event.summary)" }
            }
        } catch {
            tally.wrongResults += 1
            tally.lastProblem = "\(id): \(error)"
        }
        return tally
    }
}

extension Soak.Tally {
    fileprivate mutating func add(_ other: Self) {
        tasks += other.tasks
        wrongResults += other.wrongResults
        timedOutTasks += other.timedOutTasks
        failedTasks += other.failedTasks
        if !other.lastProblem.isEmpty { lastProblem = other.lastProblem }
    }
}
