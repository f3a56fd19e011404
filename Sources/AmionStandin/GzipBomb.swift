import Foundation

/// A gzip stream (RFC 1952, RFC 1951) of blanks, made without a compressor.
///
/// One block with fixed codes: a blank, then matches of the greatest length, 258, at distance 1. Each takes 13 bits. The
/// check sum at the end is left out, as whoever reads that far was not protected.
enum GzipBomb {
    private static let matchLength = 258

    /// What decompresses to about 64 MiB.
    static let large = bytes(decompressingTo: 64 * 1024 * 1024)

    /// The stream that decompresses to about so many bytes.
    static func bytes(decompressingTo size: Int) -> Data {
        var bits = BitWriter(Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]))
        bits.write(1, 1)  // the last block
        bits.write(1, 2)  // fixed codes
        bits.writeCode(0x30 + 0x20, 8)  // the literal of a blank
        for _ in 0..<size / matchLength {
            bits.writeCode(0b1100_0101, 8)  // length 258
            bits.writeCode(0, 5)  // distance 1
        }
        bits.writeCode(0, 7)  // the end of the block
        return bits.finish()
    }

    private struct BitWriter {
        private var bytes: Data
        private var pending: UInt32 = 0
        private var count: UInt32 = 0

        init(_ head: Data) { bytes = head }

        /// Numbers go least significant bit first.
        mutating func write(_ value: UInt32, _ width: UInt32) {
            pending |= value << count
            count += width
            while count >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                count -= 8
            }
        }

        /// Huffman codes go most significant bit first.
        mutating func writeCode(_ code: UInt32, _ width: UInt32) {
            for bit in (0..<width).reversed() { write(code >> bit & 1, 1) }
        }

        mutating func finish() -> Data {
            if count > 0 { write(0, 8 - count) }
            return bytes
        }
    }
}
