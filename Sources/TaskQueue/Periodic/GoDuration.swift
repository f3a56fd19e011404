/// Durations as Go writes them, such as `1h30m0s`.
enum GoDuration {
    private static let largest: UInt64 = 1 << 63
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("ns", 1), ("us", 1000), ("\u{B5}s", 1000), ("\u{3BC}s", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// Reads what Go's `time.ParseDuration` reads: a sign, then numbers with units, fractions allowed; or `0`.
    ///
    /// - Parameter text: The text, without spaces.
    /// - Returns: Nanoseconds; `nil` when it is no duration or does not fit in 64 bits.
    static func nanoseconds(_ text: some StringProtocol) -> Int64? {
        var rest = Array(text.unicodeScalars)[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest.elementsEqual(["0"]) { return 0 }
        guard !rest.isEmpty else { return nil }
        var total: UInt64 = 0
        while !rest.isEmpty {
            guard let part = takePart(from: &rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow, sum <= largest else { return nil }
            total = sum
        }
        if isNegative { return total == largest ? .min : -Int64(total) }
        return Int64(exactly: total)
    }

    /// Takes a number and its unit off the front.
    private static func takePart(from rest: inout ArraySlice<Unicode.Scalar>) -> UInt64? {
        let whole = takeDigits(from: &rest)
        var fraction: [UInt64] = []
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(from: &rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let name = rest.prefix { $0 != "." && !isDigit($0) }
        rest.removeFirst(name.count)
        guard let unit = units.first(where: { $0.name.unicodeScalars.elementsEqual(name) })?.nanoseconds else {
            return nil
        }
        var value: UInt64 = 0
        for digit in whole {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow, scaled <= largest else { return nil }
            value = scaled + digit
        }
        let (scaled, overflow) = value.multipliedReportingOverflow(by: unit)
        guard !overflow, scaled <= largest else { return nil }
        return scaled + fractionNanoseconds(fraction, of: unit)
    }

    /// What a fraction of a unit is in nanoseconds, cut off; digits beyond 64 bits count for nothing, as in Go.
    private static func fractionNanoseconds(_ digits: [UInt64], of unit: UInt64) -> UInt64 {
        var value: UInt64 = 0
        var scale = 1.0
        for digit in digits {
            guard value <= UInt64(Int64.max) / 10 else { break }
            value = value * 10 + digit
            scale *= 10
        }
        return UInt64(Double(value) * (Double(unit) / scale))
    }

    private static func takeDigits(from rest: inout ArraySlice<Unicode.Scalar>) -> [UInt64] {
        let digits = rest.prefix(while: isDigit)
        rest.removeFirst(digits.count)
        return digits.map { UInt64($0.value - 48) }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// Writes a duration as Go's `String` does, nanoseconds cut off after the ninth digit.
    ///
    /// - Parameter duration: Any span; what does not fit in 64 bits of nanoseconds is written as the largest that does.
    /// - Returns: A text such as `0s`, `1.5ms`, `1m30s` or `26h0m0s`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (total, tooLarge) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        let nanoseconds = overflow || tooLarge ? (seconds < 0 ? Int64.min : .max) : total
        return (nanoseconds < 0 ? "-" : "") + text(nanoseconds.magnitude)
    }

    private static func text(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case 0: return "0s"
        case ..<1000: return "\(nanoseconds)ns"
        case ..<1_000_000: return decimal(nanoseconds, digits: 3) + "\u{B5}s"
        case ..<1_000_000_000: return decimal(nanoseconds, digits: 6) + "ms"
        default: break
        }
        let minutes = nanoseconds / 60_000_000_000
        let seconds = decimal(nanoseconds % 60_000_000_000, digits: 9) + "s"
        if minutes == 0 { return seconds }
        return minutes < 60 ? "\(minutes)m\(seconds)" : "\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    /// The number with its last digits after a point, zeros at the end left out.
    private static func decimal(_ number: UInt64, digits: Int) -> String {
        var divisor: UInt64 = 1
        for _ in 0..<digits { divisor *= 10 }
        var fraction = String(divisor + number % divisor).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(number / divisor)" : "\(number / divisor).\(fraction)"
    }
}
