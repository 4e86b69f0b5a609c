import Foundation
import Glibc
import Synchronization
import Temporal

/// Many small workflows, so many at once, on one worker process whose memory is watched.
struct Soak: Sendable {
    /// The run whose history shows what must not happen.
    struct Mishaps: Sendable {
        var wrongResults = 0
        var timedOutTasks = 0
        var failedTasks = 0
        var lastProblem = ""

        var total: Int { wrongResults + timedOutTasks + failedTasks }
    }

    let client: TemporalClient
    let queue: String
    let worker: Int32
    let workflows: Int
    let width: Int

    struct Result: Sendable {
        var mishaps = Mishaps()
        var seconds = 0.0
        /// Bytes of the worker at the end over those after a quarter.
        var growth = 0.0
    }

    func run(progress: @Sendable (String) -> Void) async -> Result {
        var result = Result()
        /// Megabytes and the number of workflows that had ended by then.
        var samples: [(done: Int, megabytes: Double)] = []
        let begin = ContinuousClock.now
        await withTaskGroup(of: Mishaps.self) { group in
            var done = 0
            func take(_ mishaps: Mishaps) {
                result.mishaps.add(mishaps)
                done += 1
                if done % max(1, workflows / 400) == 0 { samples.append((done, residentMegabytes)) }
                guard done % max(1, workflows / 20) == 0 else { return }
                let seconds = Double((ContinuousClock.now - begin).components.seconds)
                progress(
                    "\(done) workflows, \(Int(Double(done) / max(seconds, 1)))/s, worker \(Int(residentMegabytes)) MB, "
                        + "\(result.mishaps.timedOutTasks) tasks timed out, \(result.mishaps.failedTasks) failed, "
                        + "\(result.mishaps.wrongResults) wrong results \(result.mishaps.lastProblem)")
            }
            for index in 0..<workflows {
                if index >= width, let mishaps = await group.next() { take(mishaps) }
                group.addTask { await one(index) }
            }
            for await mishaps in group { take(mishaps) }
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

    private func one(_ index: Int) async -> Mishaps {
        var mishaps = Mishaps()
        let actions = Self.actions(index)
        let id = "soak-\(index)-\(queue)"
        do {
            let request = StartWorkflowRequest(
                workflowID: id, workflowType: "KitchenSink", taskQueue: queue,
                input: [try DataConverter.encode(actions)])
            let runID = try await client.startWorkflow(request).runID
            let end = Prediction(try await client.result(workflowID: id, runID: runID))
            if end != Prediction(of: actions) {
                mishaps.wrongResults += 1
                mishaps.lastProblem = "\(id) ended \(end)"
            }
            for event in try await client.events(workflowID: id, runID: runID) {
                switch event.kind {
                case .workflowTaskTimedOut, .activityTimedOut: mishaps.timedOutTasks += 1
                case .workflowTaskFailed, .activityFailed: mishaps.failedTasks += 1
                case .activityStarted(_, let attempt): if attempt > 1 { mishaps.timedOutTasks += 1 }
                default: continue
                }
                if mishaps.total > 0 { mishaps.lastProblem = "\(id) \(event.summary)" }
            }
        } catch {
            mishaps.wrongResults += 1
            mishaps.lastProblem = "\(id): \(error)"
        }
        return mishaps
    }
}

extension Soak.Mishaps {
    fileprivate mutating func add(_ other: Self) {
        wrongResults += other.wrongResults
        timedOutTasks += other.timedOutTasks
        failedTasks += other.failedTasks
        if !other.lastProblem.isEmpty { lastProblem = other.lastProblem }
    }
}
