/// The value in a cell's attributes, which wins over the text it shows.
enum TypedValue {
    case none
    case number(Double, raw: String)
    case date(String)
    case time(String)
    case boolean(Bool)
    case string(String)

    /// Reads the attributes; a type that is not known or whose value is missing or malformed is `none`.
    init(_ attributes: ElementAttributes, _ values: Span<UInt8>) {
        self =
            switch attributes.valueType {
            case .none: .none
            case .string: values.string(at: attributes.stringValue).map(Self.string) ?? .none
            case .number: Self.number(values, attributes.value) ?? .none
            case .date: Self.filled(values, attributes.dateValue).map(Self.date) ?? .none
            case .time: Self.filled(values, attributes.timeValue).map(Self.time) ?? .none
            case .boolean: values.string(at: attributes.booleanValue).flatMap(Self.boolean) ?? .none
            }
    }

    private static func filled(_ values: Span<UInt8>, _ place: ElementAttributes.Place) -> String? {
        place.count > 0 ? values.string(at: place) : nil
    }

    private static func number(_ values: Span<UInt8>, _ place: ElementAttributes.Place) -> TypedValue? {
        guard let raw = filled(values, place) else { return nil }
        if let short = ShortDecimal.value(values.extracting(Int(place.start)..<Int(place.start + place.count))) {
            return .number(short, raw: raw)
        }
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
