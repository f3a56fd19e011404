/// SHA-1 (RFC 3174), which UUIDv5 is made from; for names, never for security.
///
/// A value: one that has taken what many messages begin with is copied for each of them.
struct SHA1 {
    private var state: InlineArray<5, UInt32> = [
        0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0,
    ]
    /// The words of the block that is being filled.
    private var block = InlineArray<16, UInt32>(repeating: 0)
    private var length: UInt64 = 0

    /// Adds bytes to the message.
    mutating func update(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            let word = Int(length & 63) / 4
            // As far as the word goes.
            let end = min(index + 4 - Int(length & 3), bytes.count)
            length &+= UInt64(end - index)
            var filled = block[word]
            while index < end {
                filled = filled << 8 | UInt32(bytes[index])
                index += 1
            }
            block[word] = filled
            if length & 63 == 0 { process() }
        }
    }

    /// The digest of all that was added.
    consuming func digest() -> InlineArray<5, UInt32> {
        let bits = length &* 8
        append(0x80)
        while length & 3 != 0 { append(0) }
        if length & 63 == 60 {
            block[15] = 0
            process()
            length &+= 4
        }
        for index in Int(length & 63) / 4..<14 { block[index] = 0 }
        block[14] = UInt32(truncatingIfNeeded: bits >> 32)
        block[15] = UInt32(truncatingIfNeeded: bits)
        process()
        return state
    }

    private mutating func append(_ byte: UInt8) {
        let word = Int(length & 63) / 4
        block[word] = block[word] << 8 | UInt32(byte)
        length &+= 1
        if length & 63 == 0 { process() }
    }

    /// The 80 steps, 20 of a kind after the other.
    private mutating func process() {
        var words = InlineArray<80, UInt32>(repeating: 0)
        for index in 0..<16 { words[index] = block[index] }
        for index in 16..<80 {
            let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
            words[index] = mixed << 1 | mixed >> 31
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        func step(_ mix: UInt32, _ constant: UInt32, _ word: UInt32) {
            let sum = (a << 5 | a >> 27) &+ mix &+ e &+ constant &+ word
            (a, b, c, d, e) = (sum, a, b << 30 | b >> 2, c, d)
        }
        for index in 0..<20 { step(d ^ (b & (c ^ d)), 0x5a82_7999, words[index]) }
        for index in 20..<40 { step(b ^ c ^ d, 0x6ed9_eba1, words[index]) }
        for index in 40..<60 { step((b & c) | (d & (b | c)), 0x8f1b_bcdc, words[index]) }
        for index in 60..<80 { step(b ^ c ^ d, 0xca62_c1d6, words[index]) }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }
}
