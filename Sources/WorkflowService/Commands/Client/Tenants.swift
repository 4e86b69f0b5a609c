import ArgumentParser
import Foundation
import Storage
import StorageSQLite

struct Tenants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create and list tenants.",
        discussion: "Works on the data folder's database, also while the service runs.",
        subcommands: [Create.self, List.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a tenant and print its first API key.")

        @Argument(help: "The tenant's name.")
        var name: String
        @Option(help: "basic, premium or enterprise: what it may ask of AI.", transform: Self.tier)
        var tier = Tier.basic
        @Option(help: "The service's data folder.")
        var data = "data"

        private static func tier(_ text: String) throws -> Tier {
            guard let tier = Tier(rawValue: text) else { throw ValidationError("\(text) is no tier.") }
            return tier
        }

        func run() async throws {
            let database = try openDatabase(data)
            let tenant: Tenant
            do {
                tenant = try await TenantStore(database).create(name: name, tier: tier)
            } catch let error as StorageError where error.code == .conflict {
                throw StartupError("There is a tenant \(name) already.")
            } catch let error as StorageError where error.code == .constraint {
                throw StartupError("A tenant's name has 1 to 255 characters.")
            }
            let key = try await APIKeyStore(database).create(tenant: tenant.id, name: "first key").key
            print("Tenant: \(tenant.id.uuidString.lowercased())")
            print("API key: \(key)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print every tenant's id, tier and name.")

        @Option(help: "The service's data folder.")
        var data = "data"

        func run() async throws {
            for tenant in try await TenantStore(openDatabase(data)).list() {
                print("\(tenant.id.uuidString.lowercased())\t\(tenant.tier.rawValue)\t\(tenant.name)")
            }
        }
    }
}

/// The database of a folder that a service made; SQLite lets several processes use it.
private func openDatabase(_ folder: String) throws -> SQLiteDatabase {
    let file = DataFolder.database(in: URL(filePath: folder, directoryHint: .isDirectory))
    guard FileManager.default.fileExists(atPath: file.path) else {
        throw StartupError(
            "\(folder) holds no data of a service. Start one first: workflow-service serve --data \(folder)")
    }
    return try SQLiteDatabase(file: file)
}
