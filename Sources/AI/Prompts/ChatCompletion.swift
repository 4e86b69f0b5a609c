/// What a vendor's answer comes to, whatever its form.
struct ChatCompletion: Sendable {
    enum End: Sendable {
        case complete
        /// Cut at the output limit or at the end of the context.
        case cut
        /// Refused, by the model or by a filter.
        case refused
    }

    var text: String?
    var end: End
    /// nil where the vendor reports nothing credible.
    var tokens: TokenUsage?
}
