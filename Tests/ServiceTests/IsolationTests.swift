import AsyncHTTPClient
import Foundation
import HTTPAPI
import JSON
import NIOCore
import NIOHTTP1
import Storage
import Testing

extension SharedService {
    /// Every route of the API's description, with each role and with another tenant's ids: a new route is in at once.
    @Suite struct Isolation {
        struct Route: Sendable, CustomTestStringConvertible {
            let method: HTTPMethod
            /// Below `/workflows`, with `{id}`s.
            let path: String
            let scope: Storage.Scope
            let takesBody: Bool
            var testDescription: String { "\(method.rawValue) \(path)" }
        }

        /// Those behind a tenant's key.
        static let routes: [Route] = {
            var routes: [Route] = []
            for (path, item) in OpenAPIDocument.served.json["paths"]?.object ?? [:] {
                for (method, operation) in item.object ?? [:]
                where OpenAPIDocument.methods.contains(method) {
                    let keys = operation["security"]?.array.map { ways in
                        ways.contains { $0["key"] != nil } && !ways.contains(.object([:]))
                    }
                    guard keys ?? true else { continue }
                    let description = operation["description"]?.string ?? ""
                    let scope = description.firstMatch(of: /Needs `([a-z]+:[a-z]+)`/).flatMap {
                        Storage.Scope(rawValue: String($0.1))
                    }
                    guard let scope, path.hasPrefix("/workflows") else {
                        Issue.record("\(method) \(path) names no scope: Needs `…`")
                        continue
                    }
                    routes.append(
                        Route(
                            method: HTTPMethod(rawValue: method.uppercased()),
                            path: String(path.dropFirst("/workflows".count)), scope: scope,
                            takesBody: operation["requestBody"] != nil))
                }
            }
            return routes
        }()

        /// The status alone: some routes stream.
        private static func status(
            _ route: Route, _ path: String, body: JSONValue = [:], key: String
        ) async throws -> (status: Int, text: String) {
            var request = HTTPClientRequest(url: try SharedService.service.url + path)
            request.method = route.method
            request.headers.add(name: "Authorization", value: "Bearer \(key)")
            if route.takesBody {
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(string: body.serialized()))
            }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
            return (Int(response.status.code), text)
        }

        private static func filled(_ path: String, _ value: (String) -> String) -> String {
            path.split(separator: "/").map { part in
                part.hasPrefix("{") ? value(String(part.dropFirst().dropLast())) : String(part)
            }.reduce("") { "\($0)/\($1)" }
        }

        @Test func eachRoleMayDoWhatItsScopesSayAndNothingElse() async throws {
            #expect(Self.routes.count > 30)
            let tenant = try await SharedService.service.newTenant("roles-\(UUID())", ["tier": "premium"])
            for role in Role.allCases {
                let made = try await SharedService.service.newKey(
                    ["name": .string(role.rawValue), "role": .string(role.rawValue)], key: tenant.key)
                let key = try #require(made["key"]?.string)
                for route in Self.routes {
                    let path = Self.filled(route.path) { $0 == "name" ? "nobody" : UUID().uuidString.lowercased() }
                    let (status, text) = try await Self.status(route, path, key: key)
                    let isAllowed = role.scopes.contains(route.scope)
                    #expect(status != 401 && status < 500, "\(role) \(route.testDescription): \(status) \(text)")
                    #expect((status == 403) != isAllowed, "\(role) \(route.testDescription): \(status) \(text)")
                }
            }
        }

        /// What the tenant sees of itself, as text.
        private static func view(_ things: [String: String], _ key: String) async throws -> [String: String] {
            var view: [String: String] = [:]
            for path in ["/keys", "/secrets", "/webhooks", "/executions", "/tenant", "/ai/budgets"] {
                view[path] = try await SharedService.service.get(path, key: key).description
            }
            for (pattern, id) in things where ["/executions/{id}", "/documents/{id}"].contains(pattern) {
                let route = Route(method: .GET, path: pattern, scope: .executionsRead, takesBody: false)
                view[pattern] = try await Self.status(route, Self.filled(pattern) { _ in id }, key: key).text
            }
            return view
        }

        @Test func theOperatorListsTheExecutionsOfATenant() async throws {
            let service = try SharedService.service
            let operatorKey = try service.operatorKey
            let owner = try await service.newTenant("listed-\(UUID())")
            let other = try await service.newTenant("unlisted-\(UUID())")
            let mine = try await service.execute(text: "Listed.", wait: 60, key: owner.key)
            _ = try await service.execute(text: "Another's.", wait: 60, key: other.key)
            let path = "/tenants/\(owner.id)/executions"
            func ids(_ query: String) async throws -> [String?] {
                let answer = try await service.get(path + query, key: operatorKey)
                #expect(answer.status == 200, "\(answer)")
                return (answer["executions"]?.array ?? []).map { $0["id"]?.string }
            }
            #expect(try await ids("") == [mine.id])
            #expect(try await ids("?status=completed&template=document-processing") == [mine.id])
            #expect(try await ids("?status=failed") == [])
            #expect(try await service.get(path + "?status=odd", key: operatorKey).status == 400)
            for key in [owner.key, other.key] { #expect(try await service.get(path, key: key).status == 401) }
            let unknown = try await service.get("/tenants/\(UUID())/executions", key: operatorKey)
            #expect(unknown.status == 404 && unknown["code"] == "unknown_tenant")
            let listed = try await service.operatorCommand(
                "executions", "list", "--tenant", owner.id, "--output", "json")
            #expect(listed.status == 0 && listed.output.contains(mine.id), "\(listed)")
        }

        @Test(.timeLimit(.minutes(2))) func anotherTenantsIDsAreUnknownAndNothingOfItChanges() async throws {
            let service = try SharedService.service
            let owner = try await service.newTenant("owner-\(UUID())", ["tier": "premium"])
            let other = try await service.newTenant("other-\(UUID())", ["tier": "premium"])
            let things = try await service.makeThings(of: owner.key)
            let before = try await Self.view(things, owner.key)
            // Bodies that get past the reading of them.
            let bodies: [String: JSONValue] = [
                "PATCH /webhooks/{id}": ["description": "taken over"],
                "PATCH /schedules/{name}": ["ai_enhanced": false], "PUT /secrets/{name}": ["value": "another's value"],
                "POST /executions/{id}/outcome": ["name": "clicked", "value": 1],
            ]
            // A name may be used by each tenant, so the caller has a secret of that name once it was put: last.
            let put = "PUT /secrets/{name}"
            let routes =
                Self.routes.filter { $0.testDescription != put } + Self.routes.filter { $0.testDescription == put }
            for route in routes {
                guard route.path.contains("{") else {
                    // Lists show the caller's own.
                    guard route.method == .GET else { continue }
                    let (_, text) = try await Self.status(route, route.path, key: other.key)
                    for id in things.values { #expect(!text.contains(id), "\(route.testDescription) shows \(id)") }
                    #expect(!text.contains(owner.id), "\(route.testDescription)")
                    continue
                }
                let kind = things.keys.first { route.path.hasPrefix($0) }
                let id = try #require(
                    kind.flatMap { things[$0] }, "\(route.testDescription): make one of its kind in `makeThings`")
                var isFirst = true
                let path = Self.filled(route.path) { _ in
                    defer { isFirst = false }
                    return isFirst ? id : UUID().uuidString.lowercased()
                }
                let (status, text) = try await Self.status(
                    route, path, body: bodies[route.testDescription] ?? [:], key: other.key)
                let expected = route.testDescription == put ? 201 : 404
                #expect(status == expected, "\(route.testDescription): \(status) \(text)")
            }
            let after = try await Self.view(things, owner.key)
            for (path, text) in before { #expect(after[path] == text, "\(path)") }
            #expect(try await service.get("/schedules/its-schedule", key: owner.key).status == 200)
        }
    }
}
