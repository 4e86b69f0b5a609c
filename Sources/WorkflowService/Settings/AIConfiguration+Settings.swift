import AI

extension AIConfiguration {
    /// What is set besides providers, keys, models and prices.
    mutating func obey(_ settings: Settings) {
        selection = settings.aiSelection
        failsOver = settings.aiFailover
        downgrades = settings.aiDowngrade
        deadline = settings.aiDeadline
        tries = settings.aiTries
        circuit.pause = settings.aiCircuitPause
        limits = settings.aiLimits.compactMap { CallLimit($0) }
        batchWindow = settings.aiBatchWindow
        cache = .init(
            age: settings.aiCacheAge, memoryBytes: settings.aiCacheMemory, storedBytes: Int64(settings.aiCacheSize))
        environment = settings[dynamicMember: \.environment]
        usesLedger = settings.aiLedger
    }
}
