import ScheduleModel

extension ArraySlice<UInt8> {
    /// The text without blanks at both ends, those of ASCII and U+00A0, which is what pages hold.
    var trimmed: ArraySlice<UInt8> {
        var text = self
        while true {
            if let first = text.first, first <= UInt8(ascii: " ") {
                text.removeFirst()
            } else if text.starts(with: Self.noBreakSpace) {
                text.removeFirst(2)
            } else {
                break
            }
        }
        while true {
            if let last = text.last, last <= UInt8(ascii: " ") {
                text.removeLast()
            } else if text.suffix(2).elementsEqual(Self.noBreakSpace) {
                text.removeLast(2)
            } else {
                return text
            }
        }
    }

    /// Whether a text would be empty without blanks.
    var isBlank: Bool {
        let rest = trimmed
        guard let first = rest.first else { return true }
        return first >= 0x80 && NameKey.collapsed(rest.text).isEmpty
    }

    /// The bytes as text.
    var text: String { String(decoding: self, as: UTF8.self) }

    private static var noBreakSpace: [UInt8] { [0xC2, 0xA0] }
}

/// What was made of texts that occur again and again, such as a page's dates and names, so that each is made once.
///
/// A slot holds what was asked for last, so that a page of different texts costs what it would cost without the cache and
/// takes no more memory.
struct TextCache<Value> {
    private static var slotCount: Int { 256 }

    private var slots: [(text: [UInt8], value: Value)?] = Array(repeating: nil, count: slotCount)

    /// The value of a text: the one made before, or a new one.
    mutating func value(of text: ArraySlice<UInt8>, make: (String) -> Value) -> Value {
        if let value = self[text] { return value }
        let value = make(text.text)
        self[text] = value
        return value
    }

    /// The value that was made of a text, unless it was made too long ago.
    subscript(text: ArraySlice<UInt8>) -> Value? {
        get {
            let slot = slot(of: text)
            if let found = slots[slot], found.text[...] == text { return found.value }
            if let found = slots[slot ^ 1], found.text[...] == text { return found.value }
            return nil
        }
        set {
            // Of a pair of slots the one that is free, so that two texts of one place do not drive each other out.
            let slot = slot(of: text)
            slots[slots[slot] == nil ? slot : slot ^ 1] = newValue.map { (Array(text), $0) }
        }
    }

    private func slot(of text: ArraySlice<UInt8>) -> Int {
        // FNV-1a: short, and good enough where a collision costs a remake.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int((hash ^ hash >> 32) % UInt64(Self.slotCount))
    }
}

/// A text and its number among the different texts of a page, by which it is compared.
struct KnownText {
    let id: Int
    let text: String
}

/// Numbers texts.
struct KnownTexts {
    private var ids: [String: Int] = [:]

    /// The text with its number: that of an equal one that came before, or the next.
    mutating func known(_ text: String) -> KnownText {
        if let id = ids[text] { return KnownText(id: id, text: text) }
        let id = ids.count + 1
        ids[text] = id
        return KnownText(id: id, text: text)
    }
}
