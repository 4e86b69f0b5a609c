/// A version by the rules of Semantic Versioning 2.0.0; build metadata does not order.
package struct SemanticVersion: Sendable, Comparable {
    private enum Identifier: Comparable {
        case number(Int)
        case text(String)
    }

    private let core: [Int]
    private let prerelease: [Identifier]

    /// nil unless the text is MAJOR.MINOR.PATCH with optional `-pre.release` and `+build`.
    package init?(_ text: String) {
        let withoutBuild = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let parts = withoutBuild.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        core = numbers.compactMap { $0.utf8.allSatisfy(Self.isDigit) ? Int($0) : nil }
        guard core.count == 3, numbers.count == 3 else { return nil }
        let identifiers = parts.count == 2 ? parts[1].split(separator: ".", omittingEmptySubsequences: false) : []
        guard identifiers.allSatisfy({ !$0.isEmpty }) else { return nil }
        prerelease = identifiers.map { identifier in
            if identifier.utf8.allSatisfy(Self.isDigit), let number = Int(identifier) { return .number(number) }
            return .text(String(identifier))
        }
    }

    package var isPrerelease: Bool { !prerelease.isEmpty }

    package static func < (a: SemanticVersion, b: SemanticVersion) -> Bool {
        if a.core != b.core { return a.core.lexicographicallyPrecedes(b.core) }
        // A release follows its own pre-releases.
        if a.prerelease.isEmpty || b.prerelease.isEmpty { return !a.prerelease.isEmpty && b.prerelease.isEmpty }
        return a.prerelease.lexicographicallyPrecedes(b.prerelease)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
