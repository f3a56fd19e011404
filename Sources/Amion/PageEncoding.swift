/// Which encoding a page is in (domain 5.5): BOM, HTTP, `meta` in the first 1,024 bytes, UTF-8 when it is, windows-1252.
enum PageEncoding {
    /// The name of the encoding.
    static func name(of page: [UInt8], httpCharset: String?) -> String {
        if page.starts(with: [0xef, 0xbb, 0xbf]) { return "utf-8" }
        if page.starts(with: [0xff, 0xfe]) { return "utf-16le" }
        if page.starts(with: [0xfe, 0xff]) { return "utf-16be" }
        if let httpCharset, !httpCharset.isEmpty { return httpCharset.lowercased() }
        if let declared = declaredCharset(page.prefix(1024)) { return declared }
        return String(validating: page, as: UTF8.self) != nil ? "utf-8" : "windows-1252"
    }

    private static func declaredCharset(_ head: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        guard let meta = text.firstRange(of: "charset=") else { return nil }
        let value = text[meta.upperBound...].drop { $0 == "\"" || $0 == "'" }
            .prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        return value.isEmpty ? nil : String(value)
    }
}
