import SAX

/// Turns the bytes of a page into UTF-8 as they come (domain 5.5).
///
/// The encoding is that of the byte order mark, of HTTP, or of a `meta` element in the first 1,024 bytes. A page that names
/// none is UTF-8 if its bytes are, else windows-1252. That has to hold for all of it, so from the first byte beyond ASCII on
/// such a page is held back until it ends, is seen not to be UTF-8, or has been UTF-8 for ``heldBytes``. What is no text in
/// the encoding after that fails the page: it never reads as something else than it was.
struct PageDecoder {
    /// How much of a page without a word on its encoding is held back: more than a month page has.
    static let heldBytes = 65_536

    /// Bytes that are no text in the page's encoding.
    struct Undecodable: Error {}

    private enum Mode {
        /// The first ``DeclaredEncoding/headBytes`` are not there yet.
        case head
        /// No encoding was named, and all so far is ASCII.
        case silent
        /// No encoding was named; what is held begins with the first byte beyond ASCII.
        case undecided
        case known(PageEncoding)
    }

    private let named: PageEncoding?
    private let readsMeta: Bool
    private var mode = Mode.head
    /// What has come and is not decoded: the page's beginning, its undecided part, or a cut character.
    private var held: [UInt8] = []
    /// How much of an undecided part has been seen to be UTF-8.
    private var checked = 0

    /// Makes a decoder for one page.
    ///
    /// - Parameters:
    ///   - httpCharset: What HTTP says; a name that is not known says nothing.
    ///   - readsMeta: Whether the page is HTML.
    init(httpCharset: String?, readsMeta: Bool) {
        named = httpCharset.flatMap { PageEncoding(label: $0) }
        self.readsMeta = readsMeta
    }

    /// Decodes the next piece; what it returns ends with a whole character and may be held back for a while.
    mutating func decode(_ piece: [UInt8]) throws(Undecodable) -> [UInt8] {
        try decode(piece, isLast: false)
    }

    /// Decodes what was held back; to be called once, after the last piece.
    mutating func finish() throws(Undecodable) -> [UInt8] {
        try decode([], isLast: true)
    }

    private mutating func decode(_ piece: [UInt8], isLast: Bool) throws(Undecodable) -> [UInt8] {
        switch mode {
        case .head:
            held += piece
            guard held.count >= DeclaredEncoding.headBytes || isLast else { return [] }
            decideByHead()
            return try decode(take(), isLast: isLast)
        case .silent:
            let end = piece.span.endOfASCII(from: 0)
            guard end < piece.count else { return piece }
            mode = .undecided
            return Array(piece[..<end]) + (try decode(Array(piece[end...]), isLast: isLast))
        case .undecided:
            held += piece
            let decisive = held.prefix(Self.heldBytes)
            let check = UTF8Check(decisive[checked...])
            checked += check.end
            if check.isBroken || isLast && checked < decisive.count && decisive.count < Self.heldBytes {
                guard let fallback = PageEncoding.windows1252 else { throw Undecodable() }
                mode = .known(fallback)
            } else if held.count >= Self.heldBytes || isLast {
                mode = .known(.utf8)
            } else {
                return []
            }
            return try decode(take(), isLast: isLast)
        case .known(let encoding):
            let bytes = held.isEmpty ? piece : held + piece
            let (text, end) = try encoding.decode(bytes)
            held = Array(bytes[end...])
            guard held.isEmpty || !isLast else { throw Undecodable() }
            return text
        }
    }

    private mutating func decideByHead() {
        if let (encoding, length) = DeclaredEncoding.byteOrderMark(of: held) {
            mode = .known(encoding)
            held.removeFirst(length)
        } else if let named {
            mode = .known(named)
        } else if readsMeta, let declared = DeclaredEncoding.meta(in: held) {
            mode = .known(declared)
        } else {
            mode = .silent
        }
    }

    private mutating func take() -> [UInt8] {
        defer { held = [] }
        return held
    }
}

extension PageEncoding {
    /// Decodes as many whole characters as there are.
    ///
    /// - Parameter bytes: What to decode.
    /// - Returns: The text in UTF-8, and where the character begins that the bytes cut.
    /// - Throws: ``PageDecoder/Undecodable``.
    fileprivate func decode(_ bytes: [UInt8]) throws(PageDecoder.Undecodable) -> (text: [UInt8], end: Int) {
        switch self {
        case .utf8:
            let check = UTF8Check(bytes[...])
            guard !check.isBroken else { throw PageDecoder.Undecodable() }
            return (check.end == bytes.count ? bytes : Array(bytes[..<check.end]), check.end)
        case .singleByte(let table):
            return (try Self.decode(bytes, by: table), bytes.count)
        case .utf16(let isBigEndian):
            return try Self.decodeUTF16(bytes, isBigEndian: isBigEndian)
        }
    }

    private static func decode(_ bytes: [UInt8], by table: CharacterTable) throws(PageDecoder.Undecodable) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let end = bytes.span.endOfASCII(from: place)
            text += bytes[place..<end]
            guard end < bytes.count else { break }
            let character = table[bytes[end]]
            guard !character.isEmpty else { throw PageDecoder.Undecodable() }
            text += character
            place = end + 1
        }
        return text
    }

    private static func decodeUTF16(
        _ bytes: [UInt8], isBigEndian: Bool
    ) throws(PageDecoder.Undecodable) -> (text: [UInt8], end: Int) {
        func unit(_ place: Int) -> UInt32 {
            let (first, second) = (UInt32(bytes[place]), UInt32(bytes[place + 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        var text: [UInt8] = []
        var place = 0
        while place + 2 <= bytes.count {
            var value = unit(place)
            var length = 2
            if value & 0xFC00 == 0xD800 {
                guard place + 4 <= bytes.count else { break }
                let second = unit(place + 2)
                guard second & 0xFC00 == 0xDC00 else { throw PageDecoder.Undecodable() }
                value = 0x10000 + (value & 0x3FF) << 10 + second & 0x3FF
                length = 4
            }
            guard let scalar = Unicode.Scalar(value) else { throw PageDecoder.Undecodable() }
            text += UTF8.encode(scalar).map { Array($0) } ?? []
            place += length
        }
        return (text, place)
    }
}

/// How much of some bytes is UTF-8 (RFC 3629).
struct UTF8Check {
    /// Where the first character begins that is not whole, or the end.
    let end: Int
    /// Whether what stands there is no beginning of a character either.
    let isBroken: Bool

    init(_ bytes: ArraySlice<UInt8>) {
        let span = bytes.span
        var place = 0
        while true {
            place = span.endOfASCII(from: place)
            guard place < span.count else { break }
            let lead = span[place]
            let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
            guard (0xC2...0xF4).contains(lead) else {
                self.init(place, isBroken: true)
                return
            }
            for offset in 1..<length {
                guard place + offset < span.count else {
                    self.init(place, isBroken: false)
                    return
                }
                let allowed: ClosedRange<UInt8> = offset == 1 ? Self.second(lead) : 0x80...0xBF
                guard allowed.contains(span[place + offset]) else {
                    self.init(place, isBroken: true)
                    return
                }
            }
            place += length
        }
        self.init(place, isBroken: false)
    }

    private init(_ end: Int, isBroken: Bool) {
        self.end = end
        self.isBroken = isBroken
    }

    /// What may follow a first byte: neither overlong forms nor surrogates nor what is beyond U+10FFFF.
    private static func second(_ lead: UInt8) -> ClosedRange<UInt8> {
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
    }
}
