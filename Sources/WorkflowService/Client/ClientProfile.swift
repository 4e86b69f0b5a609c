import Foundation
import JSON
import WorkflowDefinition

/// Where the commands find a service: `~/.config/workflow-service/cli.yaml`, with more of the same under `profiles`.
///
///     url: https://workflows.example.com
///     key_file: ~/.secrets/workflow-service
///     profiles:
///       local: {url: "http://127.0.0.1:8080", key: wfs_…}
struct ClientProfile: Sendable {
    var url: String?
    var key: String?
    var operatorKey: String?
    /// PEM: who signs the service's certificate.
    var authority: String?

    private static let names = ["url", "key", "key_file", "operator_key", "operator_key_file", "ca_file"]

    static func file(_ environment: [String: String]) -> String {
        let home = environment["HOME"] ?? NSHomeDirectory()
        let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
        return "\(folder)/workflow-service/cli.yaml"
    }

    /// - Parameter profile: nil for what stands at the top.
    /// - Returns: an empty profile where there is no file.
    static func read(_ profile: String?, environment: [String: String]) throws(StartupError) -> ClientProfile {
        let file = file(environment)
        guard let data = FileManager.default.contents(atPath: file) else {
            guard let profile else { return ClientProfile() }
            throw StartupError("There is no \(file) with the profile \(profile).")
        }
        let root: JSONObject
        do {
            root = try JSONValue(yaml: String(decoding: data, as: UTF8.self)).object ?? [:]
        } catch {
            throw StartupError("\(file):\(error.line ?? 1): \(error.message)")
        }
        let profiles = root["profiles"]?.object ?? [:]
        var members = root
        members.remove("profiles")
        if let profile {
            guard let found = profiles[profile]?.object else {
                throw StartupError("\(file) has no profile \(profile)\(suggestion(profile, profiles.keys)).")
            }
            members = found
        }
        for name in members.keys where !names.contains(name) {
            throw StartupError("\(file): \(name) is not known\(suggestion(name, names)).")
        }
        if ["key", "operator_key"].contains(where: { members[$0] != nil }) { try refuseOpenFile(file) }
        return ClientProfile(
            url: members["url"]?.string, key: try secret("key", of: members),
            operatorKey: try secret("operator_key", of: members), authority: members["ca_file"]?.string.map(expanded))
    }

    /// The member, or what the file says that `NAME_file` names.
    private static func secret(_ name: String, of members: JSONObject) throws(StartupError) -> String? {
        if let text = members[name]?.string { return text }
        guard let file = members["\(name)_file"]?.string else { return nil }
        return try keyFile(expanded(file))
    }

    private static func expanded(_ path: String) -> String { (path as NSString).expandingTildeInPath }

    /// A file with a key in it is its owner's alone.
    private static func refuseOpenFile(_ path: String) throws(StartupError) {
        let mode =
            try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path)[.posixPermissions] as? Int
        guard (mode ?? 0) & 0o077 == 0 else {
            throw StartupError("\(path) holds a key and others may read it: chmod 600 \(path)")
        }
    }
}

/// The key in a file, without the line's end.
func keyFile(_ path: String) throws(StartupError) -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw StartupError("The key's file \(path) cannot be read.")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
}
