import SAX

/// The value in a cell's attributes, which wins over the text it shows.
enum TypedValue {
    case none
    case number(Double, raw: String)
    case date(String)
    case time(String)
    case boolean(Bool)
    case string(String)

    /// Reads the attributes; a type that is not known or whose value is missing or malformed is `none`.
    init(_ attributes: XMLAttributes) {
        func isType(_ type: StaticString) -> Bool { attributes.has(ODFName.valueType.rawValue, type) }
        if isType("string") {
            // A formula that failed has an empty value and shows its error.
            self = attributes[.stringValue].flatMap { $0.isEmpty ? nil : .string($0) } ?? .none
        } else if isType("float") || isType("percentage") || isType("currency") {
            self = attributes[.value].flatMap(Self.number) ?? .none
        } else if isType("date") {
            self = attributes[.dateValue].flatMap { $0.isEmpty ? nil : .date($0) } ?? .none
        } else if isType("time") {
            self = attributes[.timeValue].flatMap { $0.isEmpty ? nil : .time($0) } ?? .none
        } else if isType("boolean") {
            self = attributes[.booleanValue].flatMap(Self.boolean) ?? .none
        } else {
            self = .none
        }
    }

    private static func number(_ raw: String) -> TypedValue? {
        guard let number = Double(raw), number.isFinite else { return nil }
        return .number(number, raw: raw)
    }

    private static func boolean(_ raw: String) -> TypedValue? {
        switch raw {
        case "true": .boolean(true)
        case "false": .boolean(false)
        default: nil
        }
    }
}

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
