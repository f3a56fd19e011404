import CLibXML2
import Glibc

/// The attributes of the element that begins.
///
/// One object serves the whole parse. It reads libxml2's memory only while a start tag is reported and is empty at all
/// other times, so keeping it does no harm.
package final class XMLAttributes {
    /// libxml2 reports an attribute as five pointers: local name, prefix, URI, first byte and end of its value.
    static let stride = 5
    typealias Pointers = UnsafeMutablePointer<UnsafePointer<xmlChar>?>

    private let matcher: NameMatcher
    // Unchecked: start tags come one after the other on one thread, and the checks cost a tenth of a parse.
    @exclusivity(unchecked) private var pointers: Pointers?
    /// How many attributes there are, namespace declarations not counted.
    @exclusivity(unchecked) package private(set) var count = 0

    init(matcher: NameMatcher) {
        self.matcher = matcher
    }

    /// Makes the attributes readable.
    func lend(_ pointers: Pointers?, count: Int) {
        self.pointers = pointers
        self.count = pointers == nil ? 0 : count
    }

    /// Makes the object empty.
    func takeBack() {
        pointers = nil
        count = 0
    }

    /// The value of the attribute whose name has that id, or nil when the element does not have it.
    package subscript(_ id: Int) -> String? {
        guard let bytes = bytes(of: id) else { return nil }
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: Self.ampersandsResolved(bytes), as: UTF8.self)
    }

    /// A value with its ampersands as they are meant.
    ///
    /// Without `XML_PARSE_NOENT` libxml2 resolves every reference in a value but writes each ampersand that comes of one as
    /// `&#38;`, for a second parse that never takes place here.
    private static func ampersandsResolved(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var value: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            value.append(byte)
            if byte == UInt8(ascii: "&"), rest.starts(with: "#38;".utf8) { rest = rest.dropFirst(4) }
        }
        return value
    }

    /// Lends the name's id and the value of each attribute whose name is in the table, in the order of the document.
    package func forEach(_ body: (_ id: Int, _ value: Span<UInt8>) -> Void) {
        guard let pointers else { return }
        for index in 0..<count {
            let group = pointers + index * Self.stride
            let id = matcher.id(localName: group[0], namespace: group[2])
            guard id != XMLName.unknown.id, let start = group[3], let end = group[4] else { continue }
            let bytes = UnsafeBufferPointer(start: start, count: end - start)
            guard bytes.contains(UInt8(ascii: "&")) else {
                body(id, bytes.span)
                continue
            }
            body(id, Self.ampersandsResolved(bytes).span)
        }
    }

    private func bytes(of id: Int) -> UnsafeBufferPointer<UInt8>? {
        guard let pointers else { return nil }
        for index in 0..<count {
            let group = pointers + index * Self.stride
            guard matcher.matches(id, localName: group[0], namespace: group[2]) else { continue }
            guard let start = group[3], let end = group[4] else { return nil }
            return UnsafeBufferPointer(start: start, count: end - start)
        }
        return nil
    }
}
