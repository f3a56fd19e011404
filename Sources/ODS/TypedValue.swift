import SAX

/// The value in a cell's attributes, which wins over the text it shows.
struct TypedValue {
    /// What the cell is; `none` when the type is not known, or its value is missing or malformed.
    private(set) var type = ValueType.none
    /// Of a number its value, of a boolean 0 or 1.
    private(set) var number = 0.0

    /// Reads the attributes.
    ///
    /// - Parameters:
    ///   - attributes: Those of the cell.
    ///   - values: The bytes in which their texts stand.
    init(_ attributes: ElementAttributes, _ values: Span<UInt8>) {
        // A formula that failed has an empty value and shows its error.
        guard attributes.valueType != .none, attributes.value.count > 0,
            let number = Self.number(values.extracting(attributes.value.range), attributes.valueType)
        else { return }
        self.number = number
        type = attributes.valueType
    }

    /// The number a value stands for, 0 where it is no matter of numbers; nil when it is malformed.
    private static func number(_ value: Span<UInt8>, _ type: ValueType) -> Double? {
        switch type {
        case .none, .string, .date, .time: return 0
        case .number:
            if let short = ShortDecimal.value(value) { return short }
            guard let number = Double(String(utf8: value)), number.isFinite else { return nil }
            return number
        case .boolean: return value.equals("true") ? 1 : value.equals("false") ? 0 : nil
        }
    }
}
