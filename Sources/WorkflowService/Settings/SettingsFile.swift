import Configuration
import Foundation
import JSON
import WorkflowDefinition

/// A configuration file: sections of settings, and under `environments` the same again for each profile.
///
///     server: {port: 9000}
///     environments:
///       production: {server: {port: 80}}
struct SettingsFile: Sendable {
    let path: String
    let profiles: [String]
    /// Keys nobody knows, with their lines.
    let unknown: [String]
    /// By profile, "" for what holds in all, then by key.
    private let values: [String: [String: String]]
    private let lines: [String: [String: Int]]

    init(path: String) throws(SettingsError) {
        // Not as a regular file: /dev/null says "no file", a pipe may bring one.
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() ?? Data() else {
            throw SettingsError(problems: ["\(path) cannot be read"])
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw SettingsError(problems: ["\(path) is not valid UTF-8 text"])
        }
        try self.init(path: path, text: text)
    }

    init(path: String, text: String) throws(SettingsError) {
        self.path = path
        let yaml: PlacedYAML
        do {
            // An empty file, or one of comments, sets nothing.
            let isEmpty = text.split(separator: "\n").allSatisfy {
                $0.trimmingCharacters(in: .whitespaces).isEmpty
                    || $0.trimmingCharacters(in: .whitespaces).hasPrefix("#")
            }
            yaml = try PlacedYAML(isEmpty ? "{}" : text)
        } catch {
            throw SettingsError(problems: ["\(path):\(error.line ?? 1): \(error.message)"])
        }
        guard let root = yaml.value.object else {
            throw SettingsError(problems: ["\(path): expected sections of settings, such as server: {port: 8080}"])
        }
        var reading = Reading(path: path, yaml: yaml)
        for (name, value) in root where name != "environments" { reading.read(value, at: [name], profile: "") }
        let environments = root["environments"] ?? .null
        if let environments = environments.object {
            for (profile, sections) in environments {
                guard let sections = sections.object else {
                    reading.problem(["environments", profile], "expected sections of settings")
                    continue
                }
                for (name, value) in sections {
                    reading.read(value, at: ["environments", profile, name], profile: profile)
                }
            }
        } else if !environments.isNull {
            reading.problem(["environments"], "expected a name and sections of settings for each environment")
        }
        profiles = environments.object?.keys ?? []
        (values, lines, unknown) = (reading.values, reading.lines, reading.problems)
    }

    /// What the file says in a profile; nil: in all.
    func layer(profile: String?) -> SettingLayer {
        let lines = lines[profile ?? ""] ?? [:]
        return SettingLayer(provider: memory(path, values[profile ?? ""] ?? [:])) { [path] setting in
            "\(path):\(lines[setting.key] ?? 1)" + (profile.map { " (\($0))" } ?? "")
        }
    }
}

/// Flattens sections into keys.
private struct Reading {
    let path: String
    let yaml: PlacedYAML
    var values: [String: [String: String]] = [:]
    var lines: [String: [String: Int]] = [:]
    var problems: [String] = []

    mutating func read(_ value: JSONValue, at place: [String], profile: String) {
        let key = place.dropFirst(profile.isEmpty ? 0 : 2).joined(separator: ".")
        if let setting = SettingSchema.byKey[key] {
            set(setting, to: value, at: place, profile: profile)
        } else if let setting = secretFile(key), let path = value.string {
            do {
                set(setting, to: .string(try readSecret(path, setting)), at: place, profile: profile)
            } catch {
                problem(place, "\(key): \(path) cannot be read")
            }
        } else if let object = value.object, isSection(key) {
            for (name, member) in object { read(member, at: place + [name], profile: profile) }
        } else if isSection(key) {
            problem(place, "\(key) is a section; in it stand \(listed(members(of: key)))")
        } else {
            problem(
                place, "\(key): there is no such setting\(suggestion(key, Array(SettingSchema.byKey.keys) + sections))")
        }
    }

    private mutating func set(_ setting: any AnySetting, to value: JSONValue, at place: [String], profile: String) {
        if setting.key == SettingSchema.shared.environment.key, !profile.isEmpty {
            return problem(place, "an environment does not choose the environment")
        }
        guard !value.isNull else { return }
        guard let text = text(value) else { return problem(place, "\(setting.key): expected \(setting.expected)") }
        values[profile, default: [:]][setting.key] = text
        lines[profile, default: [:]][setting.key] = yaml.line(of: place)
    }

    /// `openai.api_key_file` names the file that holds `openai.api_key`.
    private func secretFile(_ key: String) -> (any AnySetting)? {
        guard key.hasSuffix("_file"), let setting = SettingSchema.byKey[String(key.dropLast(5))] else { return nil }
        return setting.isSecret ? setting : nil
    }

    mutating func problem(_ place: [String], _ text: String) {
        problems.append("\(path):\(yaml.line(of: place) ?? 1): \(text)")
    }

    /// A scalar, or a list of scalars, as the other sources would write it; nil for anything else.
    private func text(_ value: JSONValue) -> String? {
        switch value {
        case .null, .object: return nil
        case .string(let text): return text
        case .bool, .integer, .double: return value.serialized()
        case .array(let items):
            let texts = items.map { $0.array == nil && $0.object == nil ? text($0) : nil }
            return texts.contains { $0 == nil } ? nil : texts.compactMap(\.self).joined(separator: ",")
        }
    }

    private func isSection(_ key: String) -> Bool { sections.contains(key) }
    private func members(of section: String) -> [String] {
        SettingSchema.all.map(\.key).filter { $0.hasPrefix("\(section).") }
    }
    private var sections: [String] {
        Set(
            SettingSchema.all.compactMap {
                $0.key.contains(".") ? $0.key.split(separator: ".").first.map(String.init) : nil
            }
        )
        .sorted()
    }
}
