extension Int {
    /// Whether a count is worth a line in the log: the first, the second, the fourth …, so that an outage does not fill it.
    var isPowerOfTwo: Bool { self > 0 && nonzeroBitCount == 1 }
}
