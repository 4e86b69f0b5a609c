import Crypto
package import Foundation
package import JSON

/// What a tenant set for one enhancement point of a template, in all its versions.
package struct PointSetting: Sendable, Hashable {
    package var template: String
    package var point: String
    /// Off: its runs give the fallback, with the reason `switched_off`.
    package var isEnabled: Bool
    /// The share of executions that give the fallback all the same, with the reason `held_out`, to compare with; 0 to 1.
    package var holdOut: Double

    package init(template: String, point: String, isEnabled: Bool = true, holdOut: Double = 0) {
        self.template = template
        self.point = point
        self.isEnabled = isEnabled
        self.holdOut = holdOut
    }

    /// `TEMPLATE/POINT`.
    package var key: String { "\(template)/\(point)" }

    package var json: JSONValue {
        [
            "template": .string(template), "point": .string(point), "enabled": .bool(isEnabled),
            "holdout": .number(holdOut),
        ]
    }

    /// Throws `constraint` for a name that no template or point has, and for a share out of range.
    func check() throws(StorageError) {
        guard Self.isName(template, limit: 100), Self.isName(point, limit: 64) else {
            throw StorageError(
                .constraint, "An enhancement point is named by its template and its id: letters, digits and . _ -")
        }
        guard holdOut >= 0, holdOut <= 1 else {
            throw StorageError(.constraint, "The hold-out share is a number from 0 to 1.")
        }
    }

    private static func isName(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}

/// All that a tenant set for enhancement points.
package struct PointSettings: Sendable, Hashable {
    package static let limit = 1_000

    private(set) var settings: [String: PointSetting] = [:]

    package init() {}

    /// From the member `points` of `tenants.ai`: `{"TEMPLATE/POINT": {"enabled": false, "holdout": 0.1}}`.
    init(_ ai: JSONValue) {
        for (key, value) in ai["points"]?.object ?? [:] {
            guard let slash = key.firstIndex(of: "/") else { continue }
            let setting = PointSetting(
                template: String(key[..<slash]), point: String(key[key.index(after: slash)...]),
                isEnabled: value["enabled"]?.bool ?? true, holdOut: value["holdout"]?.double ?? 0)
            settings[key] = setting
        }
    }

    package var all: [PointSetting] { settings.values.sorted { $0.key < $1.key } }

    /// The points of a template that give their fallback in an execution, with the reason. Decided by the execution's id,
    /// so that whoever asks again, in whatever process, is answered alike; the points of one execution are drawn apart.
    package func off(_ points: [String], of template: String, in execution: UUID) -> [String: String] {
        guard !settings.isEmpty else { return [:] }
        var off: [String: String] = [:]
        for point in points {
            guard let setting = settings["\(template)/\(point)"] else { continue }
            if !setting.isEnabled {
                off[point] = "switched_off"
            } else if Self.lot(execution, setting.key) < setting.holdOut {
                off[point] = "held_out"
            }
        }
        return off
    }

    /// From 0 up to and without 1.
    private static func lot(_ execution: UUID, _ key: String) -> Double {
        let digest = SHA256.hash(data: Data("\(execution.text)/\(key)".utf8))
        let bits = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(bits >> 11) / Double(UInt64(1) << 53)
    }
}
