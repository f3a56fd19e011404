/// Appends proto3 fields to a byte array: zero values are left out, as the format's canonical form asks.
struct ProtobufWriter {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Makes room for `capacity` bytes at once.
    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Appends a number; negative ones take ten bytes, as protobuf's `int32` and `int64` do.
    mutating func int64(_ value: Int64, field: Int) {
        guard value != 0 else { return }
        tag(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    /// Appends a number of 32 bits; on the wire it looks like one of 64.
    mutating func int32(_ value: Int32, field: Int) { int64(Int64(value), field: field) }

    /// Appends a truth value.
    mutating func bool(_ value: Bool, field: Int) { int64(value ? 1 : 0, field: field) }

    /// Appends a text unless it is empty.
    mutating func string(_ value: String, field: Int) {
        guard !value.isEmpty else { return }
        text(value, field: field)
    }

    /// Appends bytes unless there are none.
    mutating func bytes(_ value: [UInt8], field: Int) {
        guard !value.isEmpty else { return }
        message(value, field: field)
    }

    /// Appends an element of a repeated field or a submessage, which is written even when empty.
    mutating func message(_ value: [UInt8], field: Int) {
        tag(field, .lengthDelimited)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Appends a text even when it is empty, as in repeated fields and map entries.
    mutating func text(_ value: String, field: Int) {
        tag(field, .lengthDelimited)
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// Appends a map of texts, one entry a key in sorted order; an entry carries both fields even when they are empty.
    mutating func map(_ value: [String: String], field: Int) {
        for key in value.keys.sorted() {
            var entry = ProtobufWriter()
            entry.text(key, field: 1)
            entry.text(value[key, default: ""], field: 2)
            message(entry.bytes, field: field)
        }
    }

    /// Appends a map to numbers, one entry a key in sorted order.
    mutating func map(_ value: [String: Int32], field: Int) {
        for key in value.keys.sorted() {
            var entry = ProtobufWriter()
            entry.text(key, field: 1)
            entry.tag(2, .varint)
            entry.varint(UInt64(bitPattern: Int64(value[key, default: 0])))
            message(entry.bytes, field: field)
        }
    }

    /// Appends a `google.protobuf.Timestamp`.
    mutating func timestamp(_ value: WireTimestamp, field: Int) {
        var moment = ProtobufWriter()
        moment.int64(value.seconds, field: 1)
        moment.int32(value.nanoseconds, field: 2)
        message(moment.bytes, field: field)
    }

    private mutating func tag(_ field: Int, _ type: ProtobufWireType) {
        varint(UInt64(field) << 3 | UInt64(type.rawValue))
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// How a field's value is laid out.
enum ProtobufWireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case startGroup = 3
    case endGroup = 4
    case fixed32 = 5
}
