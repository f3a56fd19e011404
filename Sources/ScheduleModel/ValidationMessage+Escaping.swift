/// How text from elsewhere is quoted in messages (domain 4.1).
extension ValidationMessage {
    /// The most characters of a value that is quoted.
    package static let longestValue = 120
    /// The most characters of a message's own sentence.
    package static let longestText = 500

    /// A value fit to quote: cut to ``longestValue`` characters and escaped.
    package static func quoted(_ value: String) -> String { escaped(value, limit: longestValue) }

    /// Text fit to quote: at most so many characters, the last an ellipsis when it was cut.
    ///
    /// Control characters are escaped, and with them what a person does not see and what turns the direction of writing, since
    /// such a character could make a message read as something else.
    package static func escaped(_ text: String, limit: Int) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var result: [String] = []
        var count = 0
        for character in text {
            let shown =
                character.unicodeScalars.contains(where: isHidden)
                ? character.unicodeScalars.map { isHidden($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
                : String(character)
            result.append(shown)
            count += shown.count
            guard count <= limit else {
                while count > limit - 1, let last = result.popLast() { count -= last.count }
                return result.joined() + "…"
            }
        }
        return result.joined()
    }

    /// Whether a character is not seen, or moves what others see: controls, format characters such as U+202E, line ends.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
