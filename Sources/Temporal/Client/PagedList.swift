package import Foundation

/// What the server tells page by page; pages are fetched as they are consumed.
package struct PagedList<Element: Sendable>: AsyncSequence, Sendable {
    package typealias Failure = TemporalError
    /// An empty token asks for the first page, and is returned after the last.
    package typealias Page = (elements: [Element], nextPageToken: Data)

    private let fetch: @Sendable (_ token: Data) async throws(TemporalError) -> Page

    init(_ fetch: @escaping @Sendable (_ token: Data) async throws(TemporalError) -> Page) {
        self.fetch = fetch
    }

    package func makeAsyncIterator() -> Iterator { Iterator(fetch: fetch) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let fetch: @Sendable (Data) async throws(TemporalError) -> Page
        private var page: ArraySlice<Element> = []
        private var token: Data? = Data()

        fileprivate init(fetch: @escaping @Sendable (Data) async throws(TemporalError) -> Page) { self.fetch = fetch }

        package mutating func next() async throws(TemporalError) -> Element? {
            try await next(isolation: nil)
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(TemporalError) -> Element? {
            while page.isEmpty, let token {
                let next = try await fetch(token)
                page = next.elements[...]
                self.token = next.nextPageToken.isEmpty ? nil : next.nextPageToken
            }
            return page.popFirst()
        }
    }
}
