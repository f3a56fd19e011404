/// Keeps files out that would exhaust the YAML parser's stack: it calls itself for each level.
enum YAMLDepth {
    /// A registry has three levels; quoted brackets in names may add a few.
    private static let deepest = 64

    /// The first line, from 1, on which more levels may be open than any registry needs; `nil` for a sensible file.
    ///
    /// It counts brackets without regard to quotes, and indicators at the start of a line, so it may only err towards
    /// refusing.
    static func tooDeepLine(_ text: String) -> Int? {
        var brackets = 0
        var line = 1
        var indicators = 0
        var isAtStart = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                (indicators, isAtStart) = (0, true)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isAtStart = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
                isAtStart = false
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
                if isAtStart { indicators += 1 }
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                break
            default:
                isAtStart = false
            }
            if brackets > deepest || indicators > deepest { return line }
        }
        return nil
    }
}
