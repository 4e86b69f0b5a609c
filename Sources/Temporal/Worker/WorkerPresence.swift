internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import SwiftProtobuf
internal import Synchronization
internal import TemporalProtocol

/// Tells the server of one worker: that it is there and what it does, once a minute, and that it goes.
///
/// Operators read it with `temporal worker list` and `describe`. Servers that do not want it say so in the namespace's
/// capabilities.
final class WorkerPresence: Sendable {
    private struct State {
        var hasLeft = false
        var isWanted = false
        var last: (time: ContinuousClock.Instant, finished: Int)?
        var load = HostLoad()
    }

    private let instance: String
    private let client: TemporalClient
    private let taskQueue: String
    private let type: WorkerMetrics.WorkerType
    private let slots: Slots
    private let pollers: [PollerMetrics]
    private let interval: Duration
    private let stickyQueue: String
    private let logger: Logger
    private let started = Date()
    private let state = Mutex(State())

    /// One a process: tells which workers belong together.
    private static let group = newRequestID()

    /// - Parameters:
    ///   - instance: Names the worker, as its polls do.
    ///   - pollers: of the normal queue, then of the sticky one.
    init(
        instance: String, client: TemporalClient, taskQueue: String, stickyQueue: String = "",
        type: WorkerMetrics.WorkerType,
        slots: Slots, pollers: [PollerMetrics], interval: Duration = .seconds(60), logger: Logger
    ) {
        self.instance = instance
        self.client = client
        self.taskQueue = taskQueue
        self.stickyQueue = stickyQueue
        self.type = type
        self.slots = slots
        self.pollers = pollers
        self.interval = interval
        self.logger = logger
    }

    /// Runs `body` and lets the server know of it meanwhile.
    func serve(_ body: () async -> Void) async {
        await withTaskGroup { group in
            group.addTask { await self.announce() }
            await body()
            group.cancelAll()
        }
        if !Task.isCancelled { await leave() }
    }

    /// Says that the worker goes: tasks on its sticky queue go to others. The server also answers its polls, empty-handed, where
    /// `frontend.enableCancelWorkerPollsOnShutdown` is set. Best effort, once.
    func leave() async {
        let isFirst = state.withLock { state in
            defer { state.hasLeft = true }
            return !state.hasLeft
        }
        guard isFirst else { return }
        let request = Temporal_Api_Workflowservice_V1_ShutdownWorkerRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.workerInstanceKey = instance
            $0.taskQueue = taskQueue
            $0.stickyTaskQueue = stickyQueue
            $0.taskQueueTypes = [type == .workflow ? .workflow : .activity]
            $0.reason = "graceful shutdown"
            if state.withLock({ $0.isWanted }) { $0.workerHeartbeat = heartbeat(.shuttingDown) }
        }
        do {
            _ = try await client.connection.call(CallPolicy(attempt: .seconds(2), total: .zero)) {
                try await $0.workflows.shutdownWorker(request, metadata: $0.metadata, options: $0.options)
            }
        } catch {
            logger.debug("the server did not hear that a worker goes", metadata: ["error": "\(error)"])
        }
    }

    private func announce() async {
        let namespace = try? await client.describeNamespace(client.namespace)
        guard namespace?.capabilities.contains(.workerHeartbeats) == true else { return }
        state.withLock { $0.isWanted = true }
        repeat {
            let request = Temporal_Api_Workflowservice_V1_RecordWorkerHeartbeatRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.workerHeartbeat = [heartbeat(.running)]
            }
            do {
                // The next one is the retry.
                _ = try await client.connection.call(CallPolicy(attempt: .seconds(10), total: .zero)) {
                    try await $0.workflows.recordWorkerHeartbeat(request, metadata: $0.metadata, options: $0.options)
                }
            } catch {
                if error.code == .unimplemented || error.code == .permissionDenied { return }
                logger.debug("a worker's heartbeat was not taken", metadata: ["error": "\(error)"])
            }
        } while (try? await sleepUntilStopped(for: interval)) != nil && !Task.isShuttingDownGracefully
    }

    private func heartbeat(_ status: Temporal_Api_Enums_V1_WorkerStatus) -> Temporal_Api_Worker_V1_WorkerHeartbeat {
        let now = ContinuousClock.now
        let (counts, finished) = (slots.counts, slots.finished)
        let (last, load) = state.withLock { state in
            defer { state.last = (now, finished) }
            return (state.last, state.load.measure())
        }
        let slots = Temporal_Api_Worker_V1_WorkerSlotsInfo.with {
            $0.currentAvailableSlots = Int32(clamping: counts.total - counts.used)
            $0.currentUsedSlots = Int32(clamping: counts.used)
            $0.slotSupplierKind = "Fixed"
            $0.totalProcessedTasks = Int32(clamping: finished)
            $0.lastIntervalProcessedTasks = Int32(clamping: finished - (last?.finished ?? 0))
        }
        return .with {
            $0.workerInstanceKey = instance
            $0.workerIdentity = client.identity
            $0.hostInfo.hostName = ProcessInfo.processInfo.hostName
            $0.hostInfo.processID = "\(ProcessInfo.processInfo.processIdentifier)"
            $0.hostInfo.workerGroupingKey = Self.group
            $0.hostInfo.currentHostCpuUsage = load.processor
            $0.hostInfo.currentHostMemUsage = load.memory
            $0.taskQueue = taskQueue
            $0.sdkName = TemporalConnection.clientName
            $0.sdkVersion = TemporalConnection.clientVersion
            $0.status = status
            $0.startTime = .init(date: started)
            $0.heartbeatTime = .init(date: Date())
            if let last { $0.elapsedSinceLastHeartbeat = last.time.duration(to: now).message }
            switch type {
            case .workflow:
                $0.workflowTaskSlotsInfo = slots
                if let poller = pollers.first { $0.workflowPollerInfo = poller.message }
                if let poller = pollers.dropFirst().first { $0.workflowStickyPollerInfo = poller.message }
            case .activity:
                $0.activityTaskSlotsInfo = slots
                if let poller = pollers.first { $0.activityPollerInfo = poller.message }
            }
        }
    }
}

extension PollerMetrics {
    fileprivate var message: Temporal_Api_Worker_V1_WorkerPollerInfo {
        .with {
            $0.currentPollers = Int32(clamping: pollsUnderWay)
            if let lastTask { $0.lastSuccessfulPollTime = .init(date: lastTask) }
        }
    }
}
