#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sleeping on a thread of our own; never on the cooperative pool.
enum Pause {
    static func sleep(_ duration: Duration) {
        usleep(UInt32(clamping: max(duration.milliseconds, 0) * 1000))
    }
}
