package import Foundation
package import Testing

/// The folder of third-party conformance data, which is not part of the project: `CONFORMANCE_DATA`, by default
/// `../shared/conformance` beside the package.
package enum Conformance {
    package static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["CONFORMANCE_DATA"] { return URL(filePath: path) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/conformance")
    }()

    package static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: path).path)
    }

    package static func data(_ path: String) throws -> Data {
        try Data(contentsOf: folder.appending(path: path))
    }

    /// The paths of all files below a folder that end so, sorted.
    package static func files(below path: String, suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: path).path)
            .filter { $0.hasSuffix(suffix) }.sorted().map { "\(path)/\($0)" }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a suite, with a line that says so, where the conformance data is absent.
    package static func conformanceData(_ path: String) -> Self {
        .enabled(if: Conformance.exists(path), "needs \(path) in CONFORMANCE_DATA, default ../shared/conformance")
    }
}
