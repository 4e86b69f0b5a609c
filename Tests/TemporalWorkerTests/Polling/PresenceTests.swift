import Foundation
import Fuzz
import Temporal
import TestSupport
import Testing

/// What operators see of workers.
@Suite(.temporalServer(), .timeLimit(.minutes(2)))
struct PresenceTests {
    private struct Worker: Decodable {
        struct Heartbeat: Decodable {
            struct Slots: Decodable { var currentAvailableSlots: Int? }
            struct Pollers: Decodable { var currentPollers: Int? }
            struct Host: Decodable {
                var hostName: String?
                var processId: String?
                var currentHostMemUsage: Float?
            }
            var workerIdentity: String?
            var taskQueue: String?
            var status: String?
            var sdkName: String?
            var sdkVersion: String?
            var hostInfo: Host?
            var activityTaskSlotsInfo: Slots?
            var activityPollerInfo: Pollers?
            var workflowTaskSlotsInfo: Slots?
        }
        var workerHeartbeat: Heartbeat
    }

    private func list(_ kitchen: Kitchen) async throws -> [Worker.Heartbeat] {
        let text = try await kitchen.temporal(
            "worker", "list", "--query", "TaskQueue='\(kitchen.queue)'", "--output", "json")
        guard !text.isEmpty else { return [] }
        return try JSONDecoder().decode([Worker].self, from: Data(text.utf8)).map(\.workerHeartbeat)
    }

    @Test func theCommandLineListsAWorkerAndTellsWhenItHasGone() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(KitchenSink.self, configure: { $1.slots = 7 }) {
                try await eventually { try await list(kitchen).count == 2 }
                let worker = try #require(try await list(kitchen).first { $0.activityTaskSlotsInfo != nil })
                #expect(worker.taskQueue == kitchen.queue && worker.status == "WORKER_STATUS_RUNNING")
                #expect(worker.sdkName == "workflow-service-swift" && worker.sdkVersion?.isEmpty == false)
                let process = "\(ProcessInfo.processInfo.processIdentifier)"
                #expect(worker.hostInfo?.processId == process)
                #expect(worker.workerIdentity?.hasPrefix("\(process)@") == true)
                #expect(worker.hostInfo?.hostName?.isEmpty == false)
                #expect((0...1).contains(worker.hostInfo?.currentHostMemUsage ?? 0))
                #expect(worker.activityTaskSlotsInfo?.currentAvailableSlots == 7)
                #expect((0...2).contains(worker.activityPollerInfo?.currentPollers ?? 0))
                let all = try await list(kitchen)
                #expect(all.compactMap { $0.workflowTaskSlotsInfo?.currentAvailableSlots } == [32], "\(all)")
            }
            let left = try await list(kitchen)
            #expect(left.allSatisfy { $0.status == "WORKER_STATUS_SHUTTING_DOWN" }, "\(left)")
        }
    }
}
