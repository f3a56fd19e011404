import SAX

/// What a cell's attributes say it holds.
package enum ValueType: UInt8, Sendable {
    /// No type, or one that is not known.
    case none
    case string, number, date, time, boolean

    /// Reads an `office:value-type`.
    init(_ utf8: Span<UInt8>) {
        guard (4...8).contains(utf8.count) else {
            self = utf8.equals("percentage") ? .number : .none
            return
        }
        // Every cell of a large workbook comes here; two numbers hold all of a text that is this short.
        let (first, last) = utf8.ends
        self =
            switch (utf8.count, first, last) {
            case (6, Self.four("s", "t", "r", "i"), Self.four("r", "i", "n", "g")): .string
            case (5, Self.four("f", "l", "o", "a"), Self.four("l", "o", "a", "t")): .number
            case (4, Self.four("d", "a", "t", "e"), _): .date
            case (4, Self.four("t", "i", "m", "e"), _): .time
            case (7, Self.four("b", "o", "o", "l"), Self.four("l", "e", "a", "n")): .boolean
            case (8, Self.four("c", "u", "r", "r"), Self.four("e", "n", "c", "y")): .number
            default: .none
            }
    }

    /// Four ASCII characters as the number that they are in memory.
    @inline(__always)
    private static func four(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar, _ fourth: Unicode.Scalar
    ) -> UInt32 {
        UInt32(littleEndian: first.value | second.value << 8 | third.value << 16 | fourth.value << 24)
    }
}

/// The attributes of one element that a reader looks at, as plain numbers.
///
/// Both parser paths fill one for each start tag; it holds no reference and is four words long, so that keeping and passing
/// it costs nothing. Texts are places in bytes that are lent together with it.
struct ElementAttributes {
    /// Where a text stands in the lent bytes.
    struct Place {
        var start: Int32 = 0
        /// The length; negative where the element does not have the attribute.
        var count: Int32 = -1

        /// No text.
        static var missing: Place { Place() }
    }

    /// `table:number-columns-repeated`, from 1 to ``maxRepeats``; 1 where it is missing or no number.
    var columnsRepeated: Int32 = 1
    /// `table:number-rows-repeated`, the same.
    var rowsRepeated: Int32 = 1
    /// `text:c` of `text:s`, the same.
    var spaceCount: Int32 = 1
    /// What the cell is.
    var valueType = ValueType.none
    /// The value that belongs to the type.
    var value = Place.missing
    /// `table:name`.
    var name = Place.missing

    /// A larger repeat count is cut to this, which is beyond every limit and far from overflow.
    static var maxRepeats: Int32 { 1 << 24 }

    /// A decimal count from 1 to ``maxRepeats``; 1 for what is no such number.
    static func repeats(_ utf8: Span<UInt8>) -> Int32 {
        var value: Int32 = 0
        for index in utf8.indices {
            let digit = Int32(utf8[index]) - 0x30
            guard digit >= 0, digit <= 9 else { return 1 }
            value = min(value * 10 + digit, maxRepeats)
        }
        return max(1, value)
    }
}

/// Gathers the attributes of one element, in whatever order they come.
struct ElementAttributesBuilder {
    private var attributes = ElementAttributes()
    private var number = ElementAttributes.Place.missing
    private var date = ElementAttributes.Place.missing
    private var time = ElementAttributes.Place.missing
    private var boolean = ElementAttributes.Place.missing
    private var string = ElementAttributes.Place.missing

    /// Takes in an attribute.
    ///
    /// - Parameters:
    ///   - attribute: Its name.
    ///   - utf8: Its value.
    ///   - place: Where the value stands in the bytes that will be lent.
    mutating func add(_ attribute: ODFName, _ utf8: Span<UInt8>, at place: ElementAttributes.Place) {
        switch attribute {
        case .columnsRepeated: attributes.columnsRepeated = ElementAttributes.repeats(utf8)
        case .rowsRepeated: attributes.rowsRepeated = ElementAttributes.repeats(utf8)
        case .spaceCount: attributes.spaceCount = ElementAttributes.repeats(utf8)
        case .valueType: attributes.valueType = ValueType(utf8)
        case .value: number = place
        case .dateValue: date = place
        case .timeValue: time = place
        case .booleanValue: boolean = place
        case .stringValue: string = place
        case .name: attributes.name = place
        default: break
        }
    }

    /// The attributes, once all are in.
    var built: ElementAttributes {
        var attributes = attributes
        switch attributes.valueType {
        case .none: break
        case .string: attributes.value = string
        case .number: attributes.value = number
        case .date: attributes.value = date
        case .time: attributes.value = time
        case .boolean: attributes.value = boolean
        }
        return attributes
    }
}

extension ElementAttributes.Place {
    /// The place of that range, which is inside a buffer of less than 2 GiB.
    init(_ range: Range<Int>) {
        self.init(start: Int32(range.lowerBound), count: Int32(range.count))
    }

    /// The place as a range; there must be a text.
    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

extension ODFName {
    /// Whether a reader wants the text of the attribute, and not only what it decides.
    var isText: Bool {
        switch self {
        case .value, .dateValue, .timeValue, .booleanValue, .stringValue, .name: true
        default: false
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are exactly that text.
    func equals(_ text: String) -> Bool {
        guard count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// The text at a place; nil where there is none.
    func string(at place: ElementAttributes.Place) -> String? {
        guard place.count >= 0 else { return nil }
        return String(utf8: extracting(place.range))
    }
}
