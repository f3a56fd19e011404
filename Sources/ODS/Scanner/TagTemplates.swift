import SAX

/// The start tags seen lately, so that the same tag is recognised by comparing bytes and not taken apart again.
///
/// A table's cells repeat few tags, but for one value: `<table:table-cell office:value-type="float" office:value="` …
/// `" calcext:value-type="float">`. A template is such a tag, with a gap where its one text value stood. What matches a
/// template is regular because the template's tag was, and what stands in the gap is checked.
struct TagTemplates {
    /// A tag that was taken apart.
    struct Template {
        /// Which text the gap is.
        enum Gap {
            case value, name
            /// One that nobody asks for, because the element is of another type.
            case unused
        }

        /// The number of the element's name.
        let name: Int
        let element: ODFName?
        let isEmptyElement: Bool
        /// All attributes but the one in the gap.
        let attributes: ElementAttributes
        /// What the gap is; of no use in a tag without one.
        let gap: Gap
        /// The bytes up to the gap, or all.
        fileprivate var prefix = 0..<0
        /// The bytes behind the gap, from the closing quote on.
        fileprivate var suffix = 0..<0

        /// Describes a tag; `text` is where the only text among its attributes stands, if there is one.
        init(
            name: Int, element: ODFName?, isEmptyElement: Bool, attributes: ElementAttributes, text: Range<Int>?
        ) {
            self.name = name
            self.element = element
            self.isEmptyElement = isEmptyElement
            self.attributes = attributes
            gap =
                switch text.map(\.lowerBound) {
                case Int(attributes.value.start)? where attributes.value.count >= 0: .value
                case Int(attributes.name.start)? where attributes.name.count >= 0: .name
                default: .unused
                }
        }

        /// The attributes of a tag that matches, with the text that stands in the gap.
        func attributes(gap place: Range<Int>) -> ElementAttributes {
            var attributes = attributes
            switch gap {
            case .value: attributes.value = .init(place)
            case .name: attributes.name = .init(place)
            case .unused: break
            }
            return attributes
        }
    }

    /// What was found.
    struct Match {
        let index: Int
        /// Where the value in the gap stands.
        let gap: Range<Int>
        /// The place behind the tag.
        let end: Int
    }

    private var templates: [Template] = []
    private var bytes: [UInt8]
    private var next = 0
    /// How many tags back the last row began.
    private var tagInRow = 0
    /// The template last found for each tag of a row.
    private var guesses = [Int](repeating: 0, count: guessCount)

    /// A sheet has one tag a column style and a handful of others; more would cost more comparisons than they save.
    private static var capacity: Int { 16 }
    /// Enough for a row of 64 cells with a paragraph each; later tags share the guesses of the first ones.
    private static var guessCount: Int { 128 }
    /// The longest tag that is kept; those of cells have about 120 bytes.
    private static var maxTagBytes: Int { 256 }

    init() {
        bytes = [UInt8](repeating: 0, count: Self.capacity * Self.maxTagBytes)
    }

    subscript(_ index: Int) -> Template { templates[index] }

    /// The template of the tag that begins at `position`; nil when there is none, or the tag's end is not there yet.
    ///
    /// The rows of a sheet are alike, so the template that was found for the tag with the same number in the row before is
    /// tried first.
    mutating func match(_ buffer: Span<UInt8>, at position: Int) -> Match? {
        let guess = guesses[tagInRow]
        if guess < templates.count, let match = match(guess, buffer, at: position) {
            passed(match)
            return match
        }
        for index in templates.indices where index != guess {
            guard let match = match(index, buffer, at: position) else { continue }
            guesses[tagInRow] = index
            passed(match)
            return match
        }
        return nil
    }

    private mutating func passed(_ match: Match) {
        tagInRow = templates[match.index].element == .tableRow ? 0 : (tagInRow + 1) % Self.guessCount
    }

    private func match(_ index: Int, _ buffer: Span<UInt8>, at position: Int) -> Match? {
        let (prefix, suffix) = (templates[index].prefix, templates[index].suffix)
        guard buffer.matches(bytes.span, prefix, at: position) else { return nil }
        let start = position + prefix.count
        guard !suffix.isEmpty else { return Match(index: index, gap: start..<start, end: start) }
        var end = start
        while end < buffer.count, XMLBytes.isPlain(buffer[end]) { end += 1 }
        guard end < buffer.count, buffer.matches(bytes.span, suffix, at: end) else { return nil }
        return Match(index: index, gap: start..<end, end: end + suffix.count)
    }

    /// Keeps a tag.
    ///
    /// - Parameters:
    ///   - template: What it says.
    ///   - tag: Where it stands, from its `<` to behind its `>`.
    ///   - gap: Where the value in the gap stands; nil for a tag without one.
    ///   - buffer: The bytes.
    mutating func keep(_ template: Template, tag: Range<Int>, gap: Range<Int>?, in buffer: Span<UInt8>) {
        guard tag.count <= Self.maxTagBytes else { return }
        let start = next * Self.maxTagBytes
        for index in tag { bytes[start + index - tag.lowerBound] = buffer[index] }
        var template = template
        let shift = start - tag.lowerBound
        if let gap {
            template.prefix = start..<gap.lowerBound + shift
            template.suffix = gap.upperBound + shift..<tag.upperBound + shift
        } else {
            template.prefix = start..<tag.upperBound + shift
        }
        if next < templates.count { templates[next] = template } else { templates.append(template) }
        next = (next + 1) % Self.capacity
    }
}
