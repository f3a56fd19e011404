import ScheduleModel

/// When a source says that it was last changed: what stands behind `as of`.
///
/// It changes with each edit anywhere in the schedule, so it never takes part in a checksum.
struct AsOfStamp {
    private static let mark = Array("as of ".utf8)
    /// A stamp is a date and a time; what is longer is another sentence.
    private static let longest = 64

    /// Finds a stamp, such as `Mar 6 02:00 2026 US ET` in `Assignments … (as of Mar 6 02:00 2026 US ET)`.
    static func find(in text: Span<UInt8>) -> String? {
        guard text.count > mark.count else { return nil }
        for start in 0..<text.count - mark.count {
            var length = 0
            while length < mark.count, text[start + length] | 0x20 == mark[length] { length += 1 }
            guard length == mark.count, start == 0 || !isLetter(text[start - 1]) else { continue }
            var stamp: [UInt8] = []
            var place = start + length
            while place < text.count, text[place] != UInt8(ascii: ")") {
                stamp.append(text[place])
                place += 1
            }
            let collapsed = NameKey.collapsed(stamp[...].text)
            if (1...longest).contains(collapsed.utf8.count), collapsed.utf8.contains(where: { (48...57).contains($0) })
            {
                return collapsed
            }
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
