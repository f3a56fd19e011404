import Glibc

/// Plain values one behind the other in memory that grows and is used again.
///
/// libxml2's callbacks write into it many million times; an `Array` asks before each append whether it is shared.
struct GrowingBuffer<Element: BitwiseCopyable>: ~Copyable {
    private var start: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    /// Makes an empty buffer with room for at least one element.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit {
        start.deallocate()
    }

    /// Adds one element.
    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow(to: count + 1) }
        (start + count).initialize(to: element)
        count += 1
    }

    /// Adds copies of elements that stand elsewhere.
    @inline(__always)
    mutating func append(_ elements: UnsafeBufferPointer<Element>) {
        guard let source = elements.baseAddress else { return }
        if elements.count > capacity - count { grow(to: count + elements.count) }
        (start + count).initialize(from: source, count: elements.count)
        count += elements.count
    }

    /// The last element, which goes away; nil when there is none.
    @inline(__always)
    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return start[count]
    }

    /// Takes all elements away and keeps the memory.
    mutating func clear() {
        count = 0
    }

    /// The elements; readable until the next change.
    var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }

    @inline(never)
    private mutating func grow(to needed: Int) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: max(needed, capacity * 2))
        larger.moveInitialize(from: start, count: count)
        start.deallocate()
        start = larger
        capacity = max(needed, capacity * 2)
    }
}
