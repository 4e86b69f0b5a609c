import Executions
import Foundation
import JSON
import Storage
import TestSupport
import Testing

private let call = "call: activity, with: { taskQueue: QUEUE, name:"

extension ExecutionsOnTemporal {
    @Suite struct Live {
        private static func all(
            _ id: UUID, _ shop: Workshop, after last: LiveEventID? = nil
        ) async throws -> (events: [LiveEvent], cameBack: Bool) {
            let stream = try await shop.updates.stream(of: id, tenant: shop.tenant, after: last)
            var events: [LiveEvent] = []
            var cameBack = false
            try await stream.tell { item in
                switch item {
                case .events(let batch): events += batch
                case .quiet: break
                case .comeBack: cameBack = true
                }
            }
            return (events, cameBack)
        }

        private static func ids(_ events: [LiveEvent]) -> [String] { events.compactMap { $0.id.map(String.init) } }

        @Test func watchersSeeEveryStepOnceAndResumeAnywhere() async throws {
            try await Workshop.with { shop in
                try await shop.template(
                    "watched",
                    """
                    - one: { \(call) gated } }
                    - both:
                        fork:
                          branches:
                            - left: { set: { x: 1 } }
                            - right: { \(call) gated } }
                    """)
                let id = try await shop.start("watched")
                // Five who watch it happen, each from another moment.
                let live = try await withThrowingTaskGroup(of: [LiveEvent].self) { group in
                    for number in 0..<5 {
                        group.addTask {
                            try await Task.sleep(for: .milliseconds(number * 150))
                            return try await Self.all(id, shop).events
                        }
                    }
                    try await Task.sleep(for: .milliseconds(400))
                    shop.gate.open(2)
                    return try await group.reduce(into: [[LiveEvent]]()) { $0.append($1) }
                }
                let names = live[0].map(\.name)
                #expect(names.first == "status" && names.last == "status", "\(names)")
                #expect(names.count { $0 == "step_started" } == 4 && names.count { $0 == "step_completed" } == 4)
                #expect(live[0].last?.data.contains("completed") == true)
                let told = Self.ids(live[0])
                #expect(Set(told).count == told.count && told.count == names.count)
                for other in live { #expect(Self.ids(other) == told) }

                _ = try await shop.closed(id)
                // From the archive it is the same, and from each event on the rest.
                #expect(Self.ids(try await Self.all(id, shop).events) == told)
                for (index, text) in told.enumerated() {
                    let rest = try await Self.all(id, shop, after: LiveEventID(text)).events
                    #expect(Self.ids(rest) == Array(told.dropFirst(index + 1)))
                }
                let end = try await shop.updates.stream(
                    of: id, tenant: shop.tenant, after: LiveEventID(told.last ?? ""))
                #expect(end.hasSeenTheEnd)
            }
        }

        @Test func resumeOfAnOpenExecutionLosesAndRepeatsNothing() async throws {
            try await Workshop.with { shop in
                try await shop.template("pair", "- one: { \(call) gated } }\n- two: { \(call) gated } }")
                let id = try await shop.start("pair")
                let whole = Task { try await Self.all(id, shop).events }
                var seen: [String] = []
                var last: LiveEventID?
                // A watcher who leaves after each batch and comes back.
                for _ in 0..<20 {
                    let stream = try await shop.updates.stream(of: id, tenant: shop.tenant, after: last)
                    var batch: [LiveEvent] = []
                    struct Left: Error {}
                    do {
                        try await stream.tell { item in
                            guard case .events(let events) = item else { return }
                            batch += events
                            throw Left()
                        }
                    } catch is Left {}
                    seen += Self.ids(batch)
                    last = batch.last?.id ?? last
                    if batch.isEmpty { break }
                    shop.gate.open()
                }
                let told = Self.ids(try await whole.value)
                #expect(seen == told)
            }
        }

        @Test func cancelPauseAndEndAreTold() async throws {
            try await Workshop.with { shop in
                try await shop.template("long", "- nap: { wait: { hours: 1 } }")
                let id = try await shop.start("long")
                let watching = Task { try await Self.all(id, shop).events }
                try await eventually(timeout: .seconds(20), "it naps") {
                    try await shop.executions.get(id, of: shop.tenant).steps.count == 1
                }
                _ = try await shop.executions.pause(id, of: shop.tenant)
                try await Task.sleep(for: .milliseconds(300))
                _ = try await shop.executions.cancel(id, of: shop.tenant, reason: "enough")
                let events = try await watching.value
                #expect(
                    events.map(\.name) == [
                        "status", "step_started", "status", "cancel_requested", "step_cancelled", "status",
                    ], "\(events.map { $0.name + $0.data })")
                #expect(events[2].data.contains("paused") && events[5].data.contains("cancelled"))
            }
        }

        @Test func streamsAreCountedAndAnothersExecutionIsUnknown() async throws {
            try await Workshop.with { shop in
                try await shop.template("long", "- nap: { wait: { hours: 1 } }")
                let id = try await shop.start("long")
                var streams: [LiveStream] = []
                for _ in 0..<LiveUpdates.streamsPerTenant {
                    streams.append(try await shop.updates.stream(of: id, tenant: shop.tenant, after: nil))
                }
                #expect(
                    await executionError {
                        _ = try await shop.updates.stream(of: id, tenant: shop.tenant, after: nil)
                    } == .tooManyStreams)
                #expect(await executionError { _ = try shop.updates.place(for: shop.tenant) } == .tooManyStreams)
                streams.removeLast()
                var place: LivePlace? = try shop.updates.place(for: shop.tenant)
                #expect(
                    await executionError {
                        _ = try await shop.updates.stream(of: id, tenant: shop.tenant, after: nil)
                    } == .tooManyStreams, "a place counts as a stream does")
                #expect(place != nil)
                place = nil
                streams.append(try await shop.updates.stream(of: id, tenant: shop.tenant, after: nil))
                #expect(
                    await executionError { _ = try await shop.updates.stream(of: id, tenant: UUID(), after: nil) }
                        == .unknownExecution)
                _ = try await shop.executions.terminate(id, of: shop.tenant, reason: "done")
                withExtendedLifetime(streams) {}
            }
        }

        @Test(arguments: [
            "", ":", "run", "run:1", "run:x:1", "run:1:-1", ":1:1", "a:b:c:d", "run:99999999999999999999:1",
        ])
        func anInventedEventIDIsNone(_ text: String) { #expect(LiveEventID(text) == nil) }

        @Test func anotherRunsEventIDBeginsAnew() async throws {
            try await Workshop.with { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let id = try await shop.start("quick")
                _ = try await shop.closed(id)
                let told = try await Self.all(id, shop).events
                let stranger = try #require(LiveEventID("no-run-of-this:3:0"))
                #expect(Self.ids(try await Self.all(id, shop, after: stranger).events) == Self.ids(told))
            }
        }
    }
}
