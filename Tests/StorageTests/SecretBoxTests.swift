import Foundation
import Storage
import Testing

@Suite struct SecretBoxTests {
    @Test func olderKeysOpenAndTheFirstSeals() throws {
        let old = SecretBox.makeKeyLine(id: "2026")
        let new = SecretBox.makeKeyLine(id: "2027")
        let before = try SecretBox(parsing: "# keys\n\(old)\n")
        let after = try SecretBox(parsing: "\(new)\n\n\(old)\n")
        let secret = Array("s3cret".utf8)
        let sealed = try before.seal(secret, context: "secrets/t/api")
        #expect(SecretBox.keyID(of: sealed) == "2026")
        #expect(try after.open(sealed, context: "secrets/t/api") == secret)
        let again = try after.seal(secret, context: "secrets/t/api")
        #expect(SecretBox.keyID(of: again) == "2027" && again != sealed)
        #expect(sealed.contains(secret) == false)
        #expect(throws: StorageError.self) { try before.open(again, context: "secrets/t/api") }
        #expect(try after.open(after.seal([], context: ""), context: "") == [])
    }

    @Test func changedMovedAndForeignBytesDoNotOpen() throws {
        let box = try SecretBox(parsing: SecretBox.makeKeyLine(id: "k"))
        let sealed = try box.seal(Array("s3cret".utf8), context: "webhooks/a")
        #expect(throws: StorageError.self) { try box.open(sealed, context: "webhooks/b") }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: StorageError.self) { try box.open(changed, context: "webhooks/a") }
            #expect(throws: StorageError.self) { try box.open(Array(sealed[..<index]), context: "webhooks/a") }
        }
        let other = try SecretBox(parsing: SecretBox.makeKeyLine(id: "k"))
        #expect(throws: StorageError.self) { try other.open(sealed, context: "webhooks/a") }
    }

    @Test(arguments: [
        "", "# nothing", "k1", "k1:", "k1:AAAA", ":\(String(repeating: "A", count: 44))", "k 1:x",
        "k1:not base64 at all, but long enough to be one 1234567890",
    ])
    func unusableKeysAreRefusedWithoutQuotingThem(text: String) throws {
        let error = #expect(throws: StorageError.self) { try SecretBox(parsing: text) }
        #expect(error?.code == .constraint && error?.message.contains("AAAA") == false)
    }

    @Test func idStandsOnce() throws {
        let text = "\(SecretBox.makeKeyLine(id: "k"))\n\(SecretBox.makeKeyLine(id: "k"))"
        #expect(throws: StorageError.self) { try SecretBox(parsing: text) }
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: part) }
    }
}
