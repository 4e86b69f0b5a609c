package import Foundation
package import JSON
package import Logging
import Synchronization

/// What models cost: our own list, over it an operator's, over both what was agreed with a tenant.
package final class PriceBook: Sendable {
    private struct Lists {
        /// Our own and the configured, without the file.
        var base: PriceList
        var file: PriceList
        var merged: PriceList
        var tenants: [UUID: PriceList] = [:]

        init(base: PriceList, file: PriceList) {
            (self.base, self.file) = (base, file)
            merged = base.merging(file)
        }
    }

    private let file: WatchedFile?
    private let lists: Mutex<Lists>

    /// With configured prices over our own list.
    package init(_ models: [AIModel: [ModelPrice]] = [:]) {
        file = nil
        lists = Mutex(Lists(base: PriceList.builtIn.merging(PriceList(models)), file: PriceList()))
    }

    /// With an operator's file over all; `watch` follows its changes.
    package init(_ models: [AIModel: [ModelPrice]] = [:], file path: String) throws(PriceListError) {
        let file = WatchedFile(path: path, maximumBytes: 4 << 20)
        let list = try Self.read(file)
        self.file = file
        lists = Mutex(Lists(base: PriceList.builtIn.merging(PriceList(models)), file: list))
    }

    /// The price of a model on a day; nil where it has none: it may not be used. Aliases are resolved before (`resolve`).
    package func price(_ model: AIModel, tenant: UUID? = nil, at date: Date = Date()) -> ModelPrice? {
        if model == .local { return Self.free }
        return lists.withLock { lists in
            tenant.flatMap { lists.tenants[$0]?.price(model, at: date) } ?? lists.merged.price(model, at: date)
        }
    }

    /// The model that an alias stands for on a day; any other model as it is. An alias without a provider is one of the
    /// provider it leads to: what another server calls `gpt-4` is its own affair.
    package func resolve(_ model: AIModel, at date: Date = Date()) -> AIModel {
        lists.withLock { lists in
            func target(_ name: String) -> AIModel? {
                lists.merged.aliases[name]?.first { $0.effectiveFrom <= date }?.model
            }
            if let own = target(model.description) { return own }
            guard let shared = target(model.name), shared.provider == model.provider else { return model }
            return shared
        }
    }

    /// The model of a name as people write it: `local`, `provider/model`, an alias, or the name of a model that one provider
    /// alone has.
    package func model(named name: String, at date: Date = Date()) -> AIModel? {
        if name == AIModel.local.name { return .local }
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        return lists.withLock { lists in
            if let alias = lists.merged.aliases[name]?.first(where: { $0.effectiveFrom <= date }) { return alias.model }
            let found = lists.merged.models.keys.filter { $0.name == name }
            if found.count == 1 { return found[0] }
            return parts.count == 2 ? AIModel(provider: parts[0], name: parts[1]) : nil
        }
    }

    /// Every model with a price, by name.
    package var models: [AIModel] {
        lists.withLock { Array($0.merged.models.keys) }.sorted { $0.description < $1.description }
    }

    /// What was agreed with tenants, each in the form of a price list; our prices hold for models it does not name. One that
    /// cannot be read leaves all as they are.
    package func setTenantPrices(_ prices: [UUID: JSONValue]) throws(PriceListError) {
        var tenants: [UUID: PriceList] = [:]
        for (tenant, json) in prices {
            let list = try PriceList(json: json)
            if !list.models.isEmpty { tenants[tenant] = list }
        }
        let all = tenants
        lists.withLock { $0.tenants = all }
    }

    /// What an operator should look at: used models without a price, with an old one, retired or soon to be.
    package func warnings(for models: [AIModel], at date: Date = Date()) -> [String] {
        models.flatMap { model -> [String] in
            guard model != .local else { return [] }
            guard let price = price(model, at: date) else { return ["the model \(model) has no price and is not used"] }
            var warnings: [String] = []
            let age = Int(date.timeIntervalSince(price.effectiveFrom) / 86_400)
            if !price.isFree, price.effectiveFrom > .distantPast, age > Self.oldDays {
                warnings.append("the newest price of the model \(model) is \(age) days old")
            }
            if let end = price.deprecatedOn, end.timeIntervalSince(date) < Double(Self.noticeDays) * 86_400 {
                let day = end.formatted(Date.ISO8601FormatStyle().year().month().day())
                warnings.append(
                    end <= date
                        ? "the provider retired the model \(model) on \(day)"
                        : "the provider retires the model \(model) on \(day)")
            }
            return warnings
        }
    }

    private static let oldDays = 90
    private static let noticeDays = 30

    /// Reads the operator's file again; a bad one leaves the prices as they are.
    package func reload() throws(PriceListError) {
        guard let file else { return }
        let list = try Self.read(file)
        lists.withLock { lists in
            let tenants = lists.tenants
            lists = Lists(base: lists.base, file: list)
            lists.tenants = tenants
        }
    }

    /// Follows the operator's file until the task is cancelled.
    package func watch(logger: Logger, onChange: () -> Void = {}) async {
        guard let file else { return }
        await file.changes {
            do {
                try reload()
                onChange()
                logger.notice("Read the changed model prices")
            } catch {
                logger.error("The changed model prices cannot be used", metadata: ["reason": "\(error)"])
            }
        }
    }

    private static func read(_ file: WatchedFile) throws(PriceListError) -> PriceList {
        do {
            return try PriceList(parsing: try file.read())
        } catch let error as PriceListError {
            throw PriceListError(description: "\(file.path): \(error)")
        } catch {
            throw PriceListError(description: "\(file.path) cannot be read")
        }
    }

    /// What computing in this process costs.
    private static let free = ModelPrice(effectiveFrom: .distantPast, rates: .init(input: 0, output: 0))
}
