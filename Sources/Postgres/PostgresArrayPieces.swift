import Foundation

/// Values in the form that they have inside of an array, from which the text of long arrays is put together.
///
/// A column of many rows and few values is so written by copying, and no array of values is made for it.
package struct PostgresArrayPieces {
    /// The type of the arrays.
    private let type: PostgresType
    /// The pieces one behind the other, each with the comma behind it.
    private var text: [UInt8] = []
    /// Where each piece ends, behind a 0.
    private var ends: [Int] = [0]

    /// Writes values in their order.
    package init<Value: PostgresEncodable>(_ values: some Sequence<Value>) {
        type = Value.postgresArrayType
        var scratch: [UInt8] = []
        for value in values {
            PostgresArrayText.append(value, to: &text, scratch: &scratch)
            text.append(UInt8(ascii: ","))
            ends.append(text.count)
        }
    }

    /// The array of so many elements of which `piece` says which value each is, from 0; it is asked twice for each.
    package func array(_ count: Int, piece: (Int) -> Int) -> PostgresText {
        guard count > 0 else { return PostgresText(type: type, bytes: Array("{}".utf8)) }
        var size = 1
        for element in 0..<count {
            let piece = piece(element)
            size += ends[piece + 1] - ends[piece]
        }
        // Written in place, since half a million appends of a few bytes take longer than all that is appended; each copy stays
        // inside of `target`, or traps.
        let array = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            buffer[0] = UInt8(ascii: "{")
            initialized = 1
            text.withUnsafeBufferPointer { text in
                for element in 0..<count {
                    let piece = piece(element)
                    let bytes = ends[piece]..<ends[piece + 1]
                    let target = UnsafeMutableBufferPointer(rebasing: buffer[initialized..<initialized + bytes.count])
                    _ = target.update(fromContentsOf: text[bytes])
                    initialized += bytes.count
                }
            }
            // In place of the last comma.
            buffer[size - 1] = UInt8(ascii: "}")
        }
        return PostgresText(type: type, bytes: array)
    }
}

extension PostgresText {
    /// An array of UUIDs that are made one after the other, each as four words of which the highest byte comes first.
    package static func uuids(_ count: Int, uuid: (Int) -> InlineArray<4, UInt32>) -> PostgresText {
        let type = UUID.postgresArrayType
        guard count > 0 else { return PostgresText(type: type, bytes: Array("{}".utf8)) }
        let size = 1 + count * uuidBytes
        let array = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            buffer[0] = UInt8(ascii: "{")
            let raw = UnsafeMutableRawBufferPointer(buffer)
            var place = 1
            for element in 0..<count {
                let words = uuid(element)
                for index in 0..<4 {
                    raw.storeBytes(
                        of: Hex.digits(words[index]).bigEndian, toByteOffset: place + 8 * index, as: UInt64.self)
                }
                buffer[place + uuidBytes - 1] = UInt8(ascii: ",")
                place += uuidBytes
            }
            buffer[size - 1] = UInt8(ascii: "}")
            initialized = size
        }
        return PostgresText(type: type, bytes: array)
    }

    /// An array of integers that are made one after the other; `nil` is NULL.
    package static func integers(_ count: Int, integer: (Int) -> Int?) -> PostgresText {
        var array: [UInt8] = []
        array.reserveCapacity(2 + count * integerBytes)
        array.append(UInt8(ascii: "{"))
        for element in 0..<count {
            if element > 0 { array.append(UInt8(ascii: ",")) }
            if let integer = integer(element) {
                DecimalText.append(integer, to: &array)
            } else {
                array.append(contentsOf: "NULL".utf8)
            }
        }
        array.append(UInt8(ascii: "}"))
        return PostgresText(type: Int.postgresArrayType, bytes: array)
    }

    /// Room for an integer and its comma: six digits, as most numbers of rows have; more makes the array grow.
    private static var integerBytes: Int { 7 }

    /// A UUID in digits, with the comma behind it.
    private static var uuidBytes: Int { 33 }
}
