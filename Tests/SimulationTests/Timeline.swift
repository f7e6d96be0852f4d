/// What will happen, in the order of its simulated time: a binary heap. Things of the same moment happen in the order in
/// which they were added, so that a seed replays exactly.
struct Timeline {
    private struct Entry {
        let at: Moment
        let order: Int
        let action: () -> Void

        func comes(before other: Entry) -> Bool { (at, order) < (other.at, other.order) }
    }

    private var heap: [Entry] = []
    private var lastOrder = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func removeAll() { heap = [] }

    mutating func add(at moment: Moment, _ action: @escaping () -> Void) {
        lastOrder += 1
        heap.append(Entry(at: moment, order: lastOrder, action: action))
        var child = heap.count - 1
        while child > 0, heap[child].comes(before: heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out what comes next; nil if there is nothing more.
    mutating func next() -> (at: Moment, action: () -> Void)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                // The one of the two children that comes first.
                var child = 2 * parent + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1].comes(before: heap[child]) { child += 1 }
                guard heap[child].comes(before: heap[parent]) else { break }
                heap.swapAt(parent, child)
                parent = child
            }
        }
        return (first.at, first.action)
    }
}

/// Simulated milliseconds since the beginning.
typealias Moment = Int
