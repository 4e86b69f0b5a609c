import Foundation
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The certificate chain and the key of the HTTP server, read again when a file changes: a renewal needs no restart.
final class ServerCertificate: Sendable {
    private struct Pair: Sendable {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
        var version: [FileVersion]

        var changes: NIOSSLContextConfigurationOverride {
            var changes = NIOSSLContextConfigurationOverride()
            changes.certificateChain = chain.map { .certificate($0) }
            changes.privateKey = .privateKey(key)
            return changes
        }
    }

    /// What a changed file tells by: a renewal writes or moves another one.
    private struct FileVersion: Sendable, Hashable {
        var file: UInt64
        var size: UInt64
        var modified: Date
    }

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<Pair>

    /// - Returns: nil where none is configured.
    /// - Throws: `StartupError` that names the setting and says what is wrong with its file.
    convenience init?(_ settings: Settings) throws(StartupError) {
        switch (settings.tlsCertificate, settings.tlsKey) {
        case (nil, nil): return nil
        case (let certificate?, let key?): try self.init(certificatePath: certificate, keyPath: key)
        case (_?, nil): throw StartupError("server.tls_certificate needs server.tls_key, the private key's file.")
        case (nil, _?): throw StartupError("server.tls_key needs server.tls_certificate, the certificate's file.")
        }
    }

    init(certificatePath: String, keyPath: String) throws(StartupError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        current = Mutex(try Self.read(certificatePath, keyPath))
    }

    /// TLS 1.2 or newer. Each handshake looks whether the files changed.
    func tlsConfiguration(logger: Logger) -> TLSConfiguration {
        let pair = current.withLock { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain.map { .certificate($0) }, privateKey: .privateKey(pair.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { [self] _, promise in
            let version = Self.version(certificatePath, keyPath)
            let pair = current.withLock { $0 }
            guard let version, version != pair.version else { return promise.succeed(pair.changes) }
            // Elsewhere: what goes wrong while reading would count as this thread's handshake's own failure.
            promise.completeWithTask { [self] in renewed(logger).changes }
        }
        return configuration
    }

    /// Files that cannot be used (a renewal has written one of the two) leave what was read before.
    private func renewed(_ logger: Logger) -> Pair {
        current.withLock { pair in
            guard let version = Self.version(certificatePath, keyPath), version != pair.version else { return pair }
            do {
                pair = try Self.read(certificatePath, keyPath)
                logger.notice("The server's certificate was read again", metadata: ["file": "\(certificatePath)"])
            } catch {
                pair.version = version
                logger.error("The server's new certificate cannot be used", metadata: ["error": "\(error)"])
            }
            return pair
        }
    }

    private static func read(_ certificatePath: String, _ keyPath: String) throws(StartupError) -> Pair {
        let version = version(certificatePath, keyPath) ?? []
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificatePath)
            guard !chain.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
        } catch {
            throw StartupError("server.tls_certificate: \(certificatePath) cannot be read as certificates in PEM.")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch {
            throw StartupError("server.tls_key: \(keyPath) cannot be read as a private key in PEM without a password.")
        }
        do {
            // Refuses a key that is another certificate's.
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw StartupError("server.tls_key: \(keyPath) is not the key of the certificate in \(certificatePath).")
        }
        return Pair(chain: chain, key: key, version: version)
    }

    private static func version(_ paths: String...) -> [FileVersion]? {
        let versions = paths.map { path -> FileVersion? in
            let path = URL(filePath: path).resolvingSymlinksInPath().path
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
            return FileVersion(
                file: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
                size: (attributes[.size] as? NSNumber)?.uint64Value ?? 0,
                modified: attributes[.modificationDate] as? Date ?? .distantPast)
        }
        return versions.contains { $0 == nil } ? nil : versions.compactMap(\.self)
    }
}
