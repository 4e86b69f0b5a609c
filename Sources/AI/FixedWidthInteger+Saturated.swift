extension FixedWidthInteger {
    /// The sum, or the nearest that there is: amounts that nobody checks must not end the process.
    package func addingSaturated(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
