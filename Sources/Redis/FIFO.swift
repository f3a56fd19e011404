/// First in, first out, with O(1) amortised at both ends.
struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    /// How many elements wait.
    var count: Int { elements.count - head }
    var isEmpty: Bool { head == elements.count }

    /// Lets `change` alter the element that leaves next, in place; `nil` when there is none.
    mutating func updateFirst<Result>(_ change: (inout Element) -> Result) -> Result? {
        guard !isEmpty, var element = elements[head].take() else { return nil }
        let result = change(&element)
        elements[head] = element
        return result
    }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Removes the first element; `nil` when there is none.
    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head].take()
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCapacity)
            head = 0
        } else if head > Self.keptCapacity, head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Removes and returns everything, in order.
    mutating func removeAll() -> [Element] {
        let all = elements[head...].compactMap { $0 }
        self = FIFO()
        return all
    }

    /// Puts elements in front of those that wait.
    mutating func prepend(_ front: [Element]) {
        elements.replaceSubrange(0..<head, with: front.map(Optional.some))
        head = 0
    }

    /// Lets `change` alter each element, in order; O(n).
    mutating func updateEach(_ change: (inout Element) -> Void) {
        for index in head..<elements.count {
            guard var element = elements[index].take() else { continue }
            change(&element)
            elements[index] = element
        }
    }

    /// Removes and returns the elements that `isIncluded` picks; O(n).
    mutating func remove(where isIncluded: (Element) -> Bool) -> [Element] {
        let all = removeAll()
        elements = all.filter { !isIncluded($0) }
        return all.filter(isIncluded)
    }

    /// The elements, in order.
    var all: [Element] { elements[head...].compactMap { $0 } }

    /// Slots that stay reserved after a burst: one executor turn's worth of commands.
    private static var keptCapacity: Int { 1024 }
}
