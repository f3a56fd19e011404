extension RegularXMLScanner {
    /// What a start tag says.
    struct ParsedTag {
        /// The number of the element's name.
        let name: Int
        let element: ODFName?
        var attributes = ElementAttributes()
        /// Whether the texts stand in `resolved` and not in the buffer.
        var isResolved = false
        /// How many attributes are texts.
        var textCount = 0
        /// Where the last of them stands.
        var lastText: Range<Int>?
    }

    /// Gives meaning to the tag that was taken apart last.
    ///
    /// - Parameters:
    ///   - bytes: The buffer it stands in.
    ///   - declaresPrefixes: Whether it is the root's, the only one that may.
    /// - Returns: Nil when the tag is not regular: an undeclared prefix, an attribute twice, or more of them than the limit.
    mutating func parsed(_ bytes: Span<UInt8>, declaresPrefixes: Bool) -> ParsedTag? {
        guard let name = names.number(of: tag.name, in: bytes) else { return nil }
        var parsed = ParsedTag(name: name, element: names.meaning(of: name))
        var attributes = ElementAttributesBuilder()
        attributeNumbers.removeAll(keepingCapacity: true)
        resolved.removeAll(keepingCapacity: true)
        for attribute in tag.attributes {
            guard !NameTable.isDeclaration(attribute, in: bytes) else {
                guard declaresPrefixes else { return nil }
                continue
            }
            guard let number = names.number(of: attribute.name, in: bytes), !attributeNumbers.contains(number) else {
                return nil
            }
            attributeNumbers.append(number)
            guard let meaning = names.meaning(of: number) else { continue }
            parsed.isResolved = parsed.isResolved || attribute.hasReference
            attributes.add(meaning, bytes.extracting(attribute.value), at: .init(attribute.value))
            if meaning.isText {
                parsed.textCount += 1
                parsed.lastText = attribute.value
            }
        }
        guard attributeNumbers.count <= limits.attributes else { return nil }
        parsed.attributes = parsed.isResolved ? resolvedAttributes(bytes) : attributes.built
        return parsed
    }

    /// The attributes of the tag, from values without references.
    private mutating func resolvedAttributes(_ bytes: Span<UInt8>) -> ElementAttributes {
        var attributes = ElementAttributesBuilder()
        for attribute in tag.attributes where !NameTable.isDeclaration(attribute, in: bytes) {
            guard let number = names.number(of: attribute.name, in: bytes), let meaning = names.meaning(of: number)
            else {
                continue
            }
            let start = resolved.count
            resolve(bytes, attribute.value)
            attributes.add(
                meaning, resolved.span.extracting(start..<resolved.count), at: .init(start..<resolved.count))
        }
        return attributes.built
    }

    /// Adds a text to `resolved`, each reference as the character it stands for.
    ///
    /// - Parameters:
    ///   - bytes: The buffer.
    ///   - range: The text, all of whose references are known to be good.
    mutating func resolve(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound {
            guard bytes[position] == XMLBytes.ampersand,
                let reference = XMLBytes.reference(bytes, at: position, end: range.upperBound)
            else {
                resolved.append(bytes[position])
                position += 1
                continue
            }
            resolved.append(contentsOf: UTF8.encode(reference.scalar) ?? UTF8.encodedReplacementCharacter)
            position = reference.end
        }
    }
}
