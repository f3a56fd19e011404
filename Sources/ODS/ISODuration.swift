/// A duration as ISO 8601 writes it: `PT17H00M00S`, `P1DT2H`.
enum ISODuration {
    /// The whole seconds, or nil when the text is no duration, is negative, or counts years, months or weeks.
    static func seconds(_ text: String) -> Int? {
        var rest = Substring(text)
        guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
        var total = 0
        var units: [Character: Int] = ["D": 86_400]
        while let first = rest.first {
            if first == "T" {
                guard units["H"] == nil else { return nil }
                units = ["H": 3_600, "M": 60, "S": 1]
                rest.removeFirst()
                guard !rest.isEmpty else { return nil }
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            // A day has 24 hours and no file has a billion of them.
            guard digits.count <= 9, let number = Int(digits) else { return nil }
            if rest.first == "." || rest.first == "," {
                rest = rest.dropFirst().drop { $0.isASCII && $0.isNumber }
                guard rest.first == "S" else { return nil }
            }
            guard let unit = rest.popFirst(), let seconds = units[unit] else { return nil }
            total += number * seconds
        }
        return total
    }
}
