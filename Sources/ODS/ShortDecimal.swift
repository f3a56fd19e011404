/// Decimal numbers short enough to be read exactly without a library: `7`, `-12.50`.
enum ShortDecimal {
    /// Up to 15 digits make an integer below 2⁵³, which a `Double` holds exactly.
    private static var maxDigits: Int { 15 }
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// The number nearest to what is written; nil for any other form, which may still be a number.
    ///
    /// Both the digits and the power of ten are exact, so their quotient is rounded once and is the nearest number.
    static func value(_ utf8: Span<UInt8>) -> Double? {
        var index = 0
        let isNegative = utf8.count > 0 && utf8[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        guard utf8.count - index <= maxDigits + 1, index < utf8.count else { return nil }
        var digits: Int64 = 0
        var point: Int?
        while index < utf8.count {
            let byte = utf8[index]
            if byte == UInt8(ascii: "."), point == nil, index + 1 < utf8.count {
                point = index
            } else {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                digits = digits * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            index += 1
        }
        // `.5` is left to the library, whatever it makes of it.
        let start = isNegative ? 1 : 0
        guard point != start, utf8.count - start - (point == nil ? 0 : 1) <= maxDigits else { return nil }
        let value = Double(digits) / powers[point.map { utf8.count - $0 - 1 } ?? 0]
        return isNegative ? -value : value
    }
}
