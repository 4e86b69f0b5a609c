package import Foundation

/// Values too large for a Temporal history, by digest; histories hold the reference. No row, no expiry: a payload
/// must be there for as long as any history names it.
package struct PayloadStore: Sendable {
    let folder: ContentFolder

    /// Makes the folder, and removes what killed writers have left in it.
    package init(folder: URL) throws(StorageError) {
        self.folder = try ContentFolder(folder)
    }

    /// Stores bytes for a scope (a tenant's id or a namespace). Equal bytes give the same reference.
    package func put(_ bytes: [UInt8], scope: String) async throws -> ContentDigest {
        let folder = folder
        let scope = try ContentScope(scope)
        return try await BlockingWork.run {
            let writer = try folder.writer()
            try writer.append(bytes)
            let content = try writer.finish()
            try folder.place(content, scope: scope)
            return content.digest
        }
    }

    /// Removes all of a scope: no history names them any more.
    package func erase(scope: String) async throws {
        let folder = folder
        let scope = try ContentScope(scope)
        try await BlockingWork.run { try folder.erase(scope: scope) }
    }

    /// The bytes, checked against their digest. Throws `notFound`, and `corrupt` for a file that was changed.
    package func get(_ digest: ContentDigest, scope: String) async throws -> [UInt8] {
        let file = folder.file(digest, scope: try ContentScope(scope))
        return try await BlockingWork.run {
            guard let data = try? Data(contentsOf: file) else {
                throw StorageError(.notFound, "The stored payload \(digest.rawValue) is not there.")
            }
            guard ContentDigest(of: data) == digest else {
                throw StorageError(.corrupt, "The stored payload \(digest.rawValue) is damaged.")
            }
            return [UInt8](data)
        }
    }
}
