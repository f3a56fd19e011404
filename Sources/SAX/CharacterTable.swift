import CLibXML2
import Glibc

/// How the bytes 0x80 to 0xFF of an encoding with one byte a character read in UTF-8; below 0x80 it is ASCII.
package struct CharacterTable: Sendable, Equatable {
    private let characters: [[UInt8]]

    /// Asks iconv for a table.
    ///
    /// - Parameter name: The encoding's name as iconv knows it, such as `CP1252`, never one that came from outside.
    package init?(iconvName name: String) {
        guard let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        characters = (UInt8(0x80)...0xFF).map { Self.character($0, converter) }
    }

    /// The UTF-8 of a byte from 0x80 up; empty for one that the encoding does not have.
    package subscript(byte: UInt8) -> [UInt8] { characters[Int(byte) - 0x80] }

    private static func character(_ byte: UInt8, _ converter: iconv_t) -> [UInt8] {
        var source = CChar(bitPattern: byte)
        return [UInt8](unsafeUninitializedCapacity: 8) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) { output in
                withUnsafeMutablePointer(to: &source) { start in
                    var input: UnsafeMutablePointer<CChar>? = start
                    var target = output.baseAddress
                    var (left, room) = (1, output.count)
                    count = iconv(converter, &input, &left, &target, &room) == Int.max ? 0 : 8 - room
                }
            }
        }
    }
}
