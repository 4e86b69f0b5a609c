/// What logs may show of people: e-mail addresses, telephone numbers, and the texts that AI models read and write.
package enum PersonalData: String, Sendable, CaseIterable {
    /// Everything as it is.
    case full
    /// Addresses and numbers as `j***@example.com` and `***42`.
    case masked
    /// As `masked`, and no text of a prompt or an answer.
    case none
}
