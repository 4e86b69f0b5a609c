import Foundation
import JSON
import Observability
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HealthMonitorTests {
    private struct Broken: Error, CustomStringConvertible { var description: String { "wfs_abcdefgh is broken" } }

    private static let fine = HealthCheck("database", .datastore) { "sqlite" }
    private static let required = HealthCheck("temporal", .component) { throw Broken() }
    private static let optional = HealthCheck("workers", .component, isRequired: false) { throw Broken() }

    @Test(arguments: [
        ([fine], "pass"), ([fine, optional], "warn"), ([fine, required, optional], "fail"), ([], "pass"),
    ])
    func worstPartDecides(_ checks: [HealthCheck], _ status: String) async {
        let monitor = HealthMonitor(checks, version: "1.2.3")
        let report = await monitor.report()
        #expect(report.status.rawValue == status)
        #expect(monitor.document(report, withDetails: false)["status"]?.string == status)
    }

    @Test func detailsAreRedactedAndForThoseWhoMayKnow() async {
        let monitor = HealthMonitor([Self.required], version: "1.2.3", serviceID: "me")
        let report = await monitor.report()
        let open = monitor.document(report, withDetails: false)
        #expect(open["checks"]?["temporal:responseTime"]?[0]?["status"] == "fail")
        #expect(open["checks"]?["temporal:responseTime"]?[0]?["output"] == nil)
        #expect(open["serviceId"] == "me" && open["releaseId"] == "1.2.3")
        let known = monitor.document(report, withDetails: true)
        #expect(known["checks"]?["temporal:responseTime"]?[0]?["output"] == "wfs_[redacted] is broken")
        #expect(known["checks"]?["temporal:responseTime"]?[0]?["observedUnit"] == "ms")
    }

    @Test func manyProbesShareOneCheck() async {
        let count = Mutex(0)
        let pair = HealthMonitor(
            [
                HealthCheck("slow", .component) {
                    count.withLock { $0 += 1 }
                    try await Task.sleep(for: .milliseconds(50))
                    return "done"
                }
            ], version: "1")
        await withDiscardingTaskGroup { group in
            for _ in 0..<100 { group.addTask { #expect(await pair.report().status == .pass) } }
        }
        // One, or two where the machine took a second for it.
        #expect(count.withLock { $0 } <= 2)
    }

    @Test func partThatHangsFailsInTime() async {
        let monitor = HealthMonitor(
            [
                HealthCheck("hanging", .component) {
                    try await Task.sleep(for: .seconds(60))
                    return "late"
                }
            ], version: "1")
        let begin = ContinuousClock.now
        #expect(await monitor.report().status == .fail)
        #expect(ContinuousClock.now - begin < .seconds(20))
    }
}
