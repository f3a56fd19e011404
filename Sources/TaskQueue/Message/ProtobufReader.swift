/// Walks the fields of one protobuf message.
///
/// It accepts any field order and lets the caller skip what it does not know.
struct ProtobufReader {
    /// A field's head.
    struct Field {
        /// The field's number in the schema.
        let number: Int
        /// How its value is laid out.
        let type: ProtobufWireType
    }

    /// How deep unknown groups may nest; protobuf's own readers stop at 100 too.
    private static let maxGroupDepth = 100

    private let source: [UInt8]
    private let message: String
    private let end: Int
    private var position: Int

    /// Reads a whole byte array as the message named `message`.
    init(_ source: [UInt8], message: String) {
        self.init(source, range: 0..<source.count, message: message)
    }

    private init(_ source: [UInt8], range: Range<Int>, message: String) {
        self.source = source
        self.message = message
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field's head, or `nil` at the end.
    mutating func nextField() throws(WireError) -> Field? {
        guard position < end else { return nil }
        let tag = try varint(nil)
        guard let type = ProtobufWireType(rawValue: UInt8(tag & 7)), (1...0x1FFF_FFFF).contains(tag >> 3) else {
            throw WireError(.malformedTag, message: message)
        }
        return Field(number: Int(tag >> 3), type: type)
    }

    /// Reads the value of a number field.
    mutating func int64(_ name: String) throws(WireError) -> Int64 { Int64(bitPattern: try varint(name)) }

    /// Reads the value of a number field, keeping the low 32 bits as protobuf does.
    mutating func int32(_ name: String) throws(WireError) -> Int32 { Int32(truncatingIfNeeded: try varint(name)) }

    /// Reads the value of a truth field.
    mutating func bool(_ name: String) throws(WireError) -> Bool { try varint(name) != 0 }

    /// Reads the value of a text field.
    mutating func string(_ name: String) throws(WireError) -> String {
        let range = try lengthDelimited(name)
        guard let text = String(validating: source[range], as: UTF8.self) else {
            throw WireError(.invalidUTF8, message: message, field: name)
        }
        return text
    }

    /// Reads the value of a bytes field.
    mutating func bytes(_ name: String) throws(WireError) -> [UInt8] { Array(source[try lengthDelimited(name)]) }

    /// Reads one entry of a map of texts.
    mutating func mapEntry(_ name: String) throws(WireError) -> (key: String, value: String) {
        var entry = try submessage(name)
        var result = (key: "", value: "")
        while let field = try entry.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): result.key = try entry.string(name)
            case (2, .lengthDelimited): result.value = try entry.string(name)
            default: try entry.skip(field)
            }
        }
        return result
    }

    /// Reads one entry of a map to numbers.
    mutating func numberMapEntry(_ name: String) throws(WireError) -> (key: String, value: Int32) {
        var entry = try submessage(name)
        var result = (key: "", value: Int32(0))
        while let field = try entry.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): result.key = try entry.string(name)
            case (2, .varint): result.value = try entry.int32(name)
            default: try entry.skip(field)
            }
        }
        return result
    }

    /// Reads a `google.protobuf.Timestamp`.
    mutating func timestamp(_ name: String) throws(WireError) -> WireTimestamp {
        var moment = try submessage(name)
        var result = WireTimestamp.epoch
        while let field = try moment.nextField() {
            switch (field.number, field.type) {
            case (1, .varint): result.seconds = try moment.int64(name)
            case (2, .varint): result.nanoseconds = try moment.int32(name)
            default: try moment.skip(field)
            }
        }
        return result
    }

    /// Passes over a field that the caller does not know, or knows with another layout.
    mutating func skip(_ field: Field) throws(WireError) { try skip(field, depth: 0) }

    private mutating func skip(_ field: Field, depth: Int) throws(WireError) {
        switch field.type {
        case .varint: _ = try varint(nil)
        case .fixed64: try advance(8, nil)
        case .fixed32: try advance(4, nil)
        case .lengthDelimited: _ = try lengthDelimited(nil)
        case .endGroup: throw WireError(.malformedTag, message: message)
        case .startGroup:
            guard depth < Self.maxGroupDepth else { throw WireError(.malformedTag, message: message) }
            while true {
                guard let inner = try nextField() else { throw WireError(.truncated, message: message) }
                if inner.type == .endGroup, inner.number == field.number { return }
                try skip(inner, depth: depth + 1)
            }
        }
    }

    private mutating func submessage(_ name: String) throws(WireError) -> ProtobufReader {
        ProtobufReader(source, range: try lengthDelimited(name), message: message)
    }

    private mutating func lengthDelimited(_ name: String?) throws(WireError) -> Range<Int> {
        let length = try varint(name)
        let start = position
        guard let count = Int(exactly: length) else { throw WireError(.truncated, message: message, field: name) }
        try advance(count, name)
        return start..<position
    }

    private mutating func advance(_ count: Int, _ name: String?) throws(WireError) {
        guard count <= end - position else { throw WireError(.truncated, message: message, field: name) }
        position += count
    }

    private mutating func varint(_ name: String?) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw WireError(.truncated, message: message, field: name) }
            let byte = source[position]
            position += 1
            // The tenth byte holds the 64th bit only.
            guard shift < 63 || byte <= 1 else { throw WireError(.malformedVarint, message: message, field: name) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }
}
