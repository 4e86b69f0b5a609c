package import Foundation
import Storage

extension ExecutionService {
    /// Keeps what an execution led to, for the report of what its enhancement points bring: `clicked` 1, `revenue` 12.5. A
    /// value given again takes the earlier one's place. Executions that are closed have outcomes as well: most come later.
    package func recordOutcome(name: String, value: Double, of id: UUID, tenant: UUID) async throws {
        guard ExecuteRequest.isOutcome(name) else {
            throw ExecutionError(
                .invalidRequest, "Invalid outcome",
                "An outcome's name has 1 to 100 characters of a-z, A-Z, 0-9 and . _ -, a letter or digit first.")
        }
        // The squares of values are summed up.
        guard value.isFinite, value.magnitude <= 1e15 else {
            throw ExecutionError(
                .invalidRequest, "Invalid outcome", "An outcome's value is a number from -1e15 to 1e15.")
        }
        guard try await store.recordOutcome(name: name, value: value, of: id, tenant: tenant) else {
            throw ExecutionError.unknownExecution(id.text)
        }
    }

    /// By name.
    package func outcomes(of id: UUID, tenant: UUID) async throws -> [String: Double] {
        _ = try await row(id, of: tenant)
        return try await store.outcomes(of: id, tenant: tenant)
    }
}

extension ExecuteRequest {
    fileprivate static func isOutcome(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count)
            && name.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): index > 0
                default: false
                }
            }
    }
}
