/// How far a member may grow while it is inflated.
package struct InflateLimits: Sendable, Equatable {
    /// The most bytes one member may give, inclusive; 1 GiB, because an ordinary 10 MB workbook inflates to 430 MB.
    package var maxBytes: Int
    /// The most bytes out for each byte in; 500, because repetitive honest workbooks come near 200.
    package var maxRatio: Int
    /// How many bytes may come out before the ratio is looked at; 16 MiB.
    package var ratioFreeBytes: Int

    /// Makes limits; the defaults are those of `domain.md`, section 3.6.
    package init(maxBytes: Int = 1 << 30, maxRatio: Int = 500, ratioFreeBytes: Int = 16 << 20) {
        precondition(maxBytes >= 0 && maxRatio > 0 && ratioFreeBytes >= 0, "inflate limits are not negative")
        self.maxBytes = maxBytes
        self.maxRatio = maxRatio
        self.ratioFreeBytes = ratioFreeBytes
    }

    /// Throws ``ZipError/bomb(reason:)`` when `produced` bytes made from `consumed` bytes are too many.
    func check(produced: Int, consumed: Int) throws(ZipError) {
        guard produced <= maxBytes else {
            throw ZipError.bomb(reason: "more than \(maxBytes) bytes come out")
        }
        guard produced <= ratioFreeBytes || produced <= maxRatio * consumed else {
            throw ZipError.bomb(reason: "more than \(maxRatio) bytes come out for each byte in")
        }
    }
}
