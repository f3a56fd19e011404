import SAX

/// The qualified names of one document, each with a number of its own and with what it means to a reader.
///
/// The root's declarations say what a prefix stands for; a document that declares more further down is not regular. So equal
/// names mean the same everywhere, and two different names are never the same attribute.
struct NameTable {
    private struct Name {
        /// Where the name stands in the pool; a `>` follows it there, so that an end tag is found by one comparison.
        let start: Int
        let count: Int
        let hash: UInt32
        let meaning: ODFName?
    }

    private struct Prefix {
        let name: [UInt8]
        let namespace: String
    }

    private var prefixes: [Prefix] = []
    private var names: [Name] = []
    private var pool: [UInt8] = []
    /// Places in `names` by hash, -1 for none; the count is a power of two and at least twice that of the names.
    private var slots = [Int](repeating: -1, count: 256)

    /// Documents of spreadsheet programs have about 200; a document with more is not regular.
    private static var maxNames: Int { 4_096 }
    /// LibreOffice declares about 40.
    private static var maxPrefixes: Int { 128 }
    private static let xmlnsPrefix = Array("xmlns:".utf8)
    private static let reservedNamespaces: Set<String> = [
        "", "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/",
    ]

    /// Takes in the root's declarations.
    ///
    /// - Returns: False when they are not regular: a default namespace, two prefixes of one namespace, reserved names or
    ///   references.
    mutating func declare(_ root: StartTag, in bytes: Span<UInt8>) -> Bool {
        for attribute in root.attributes where Self.isDeclaration(attribute, in: bytes) {
            let prefix = attribute.name.lowerBound + Self.xmlnsPrefix.count..<attribute.name.upperBound
            let name = prefix.map { bytes[$0] }
            let namespace = String(utf8: bytes.extracting(attribute.value))
            guard !attribute.hasReference, !Self.reservedNamespaces.contains(namespace), !name.starts(with: "xml".utf8),
                !prefixes.contains(where: { $0.name == name || $0.namespace == namespace }),
                prefixes.count < Self.maxPrefixes
            else { return false }
            prefixes.append(Prefix(name: name, namespace: namespace))
        }
        return true
    }

    /// Whether an attribute declares a prefix.
    static func isDeclaration(_ attribute: StartTag.Attribute, in bytes: Span<UInt8>) -> Bool {
        bytes.matches(xmlnsPrefix.span, 0..<xmlnsPrefix.count, at: attribute.name.lowerBound)
    }

    /// The number of a name, which gets one when it is new.
    ///
    /// - Parameters:
    ///   - range: Where the name stands, with a prefix.
    ///   - bytes: The buffer.
    /// - Returns: The number, from 0; nil when its prefix is not declared, or there are too many names.
    mutating func number(of range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
        var hash: UInt32 = 2_166_136_261  // FNV-1a
        for index in range { hash = (hash ^ UInt32(bytes[index])) &* 16_777_619 }
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let name = names[slots[slot]]
            if name.hash == hash, name.count == range.count,
                bytes.matches(pool.span, name.start..<name.start + name.count, at: range.lowerBound)
            {
                return slots[slot]
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return add(range, in: bytes, hash: hash)
    }

    private mutating func add(_ range: Range<Int>, in bytes: Span<UInt8>, hash: UInt32) -> Int? {
        guard names.count < Self.maxNames, let colon = range.first(where: { bytes[$0] == XMLBytes.colon }) else {
            return nil
        }
        let prefix = (range.lowerBound..<colon).map { bytes[$0] }
        guard let namespace = prefixes.first(where: { $0.name == prefix })?.namespace else { return nil }
        let localName = String(utf8: bytes.extracting(colon + 1..<range.upperBound))
        let meaning = ODFName.nameTable.names.firstIndex(of: .init(namespace, localName))
        names.append(
            Name(start: pool.count, count: range.count, hash: hash, meaning: meaning.flatMap(ODFName.init(rawValue:))))
        pool.append(bytes.extracting(range))
        pool.append(XMLBytes.greater)
        if names.count * 2 > slots.count { slots = [Int](repeating: -1, count: slots.count * 2) }
        // After growing all names are placed anew.
        let placed = slots.contains { $0 >= 0 } ? names.count - 1..<names.count : 0..<names.count
        for number in placed {
            var slot = Int(names[number].hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = number
        }
        return names.count - 1
    }

    /// A name as this document writes it, prefix included; nil when it declares no prefix for it.
    func writtenName(of name: ODFName) -> String? {
        let qualified = ODFName.nameTable.names[name.rawValue]
        let prefix = prefixes.first { $0.namespace == qualified.namespace }
        return prefix.map { "\(String(decoding: $0.name, as: UTF8.self)):\(qualified.localName)" }
    }

    /// What the name with that number means; nil for one that is not looked at.
    func meaning(of number: Int) -> ODFName? { names[number].meaning }

    /// How many bytes the end tag of an element with that name has.
    func endTagBytes(of number: Int) -> Int { names[number].count + 3 }

    /// Whether the rest of that name's end tag, from behind the `</` on, stands at `position`.
    func endTagMatches(_ number: Int, _ bytes: Span<UInt8>, at position: Int) -> Bool {
        let name = names[number]
        return bytes.matches(pool.span, name.start..<name.start + name.count + 1, at: position)
    }

    /// The name with that number.
    func bytes(of number: Int) -> ArraySlice<UInt8> {
        pool[names[number].start..<names[number].start + names[number].count]
    }
}
