import SAX

/// The XML declarations that spreadsheet programs and XML libraries write.
enum XMLDeclaration {
    private static let known: [[UInt8]] = ["\"", "'"].flatMap { quote in
        ["", "UTF-8", "utf-8"].flatMap { encoding in
            ["", "yes", "no"].map { standalone in
                var text = "<?xml version=\(quote)1.0\(quote)"
                if !encoding.isEmpty { text += " encoding=\(quote)\(encoding)\(quote)" }
                if !standalone.isEmpty { text += " standalone=\(quote)\(standalone)\(quote)" }
                return Array((text + "?>").utf8)
            }
        }
    }

    /// How many bytes of declaration the document begins with: none when its first tag is the root's, nil when it begins with
    /// anything else.
    static func length(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count > 1, bytes[0] == XMLBytes.less else { return nil }
        guard bytes[1] == XMLBytes.question else { return 0 }
        return known.first { bytes.matches($0.span, 0..<$0.count, at: 0) }?.count
    }
}
