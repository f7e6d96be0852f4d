import CProtobufC

/// Memory that is allocated piece by piece, up to a budget, and freed all at once.
///
/// It is used in both directions: the C library unpacks messages into it, and messages are laid out in it before they
/// are packed.
@safe package struct Arena: ~Copyable {
    // Blocks are linked by a pointer in their first word.
    private var blocks: UnsafeMutableRawPointer?
    private var next: UnsafeMutableRawPointer?
    private var room = 0
    private var blockSize: Int
    private var budget: Int
    /// Whether more memory was requested than the budget allows.
    private(set) var isExhausted = false

    private static let header = 16
    private static let alignment = 8

    /// Calls `body` with an empty arena, and frees the arena's memory afterwards.
    ///
    /// There is no other way to get an arena, so that no pointer into it outlives it: such pointers must not leave
    /// `body`.
    ///
    /// - Parameters:
    ///   - expected: The bytes that will probably be needed, which are taken in one block.
    ///   - budget: The bytes that may be taken at most.
    static func with<Result>(
        expected: Int,
        budget: Int = .max,
        _ body: (inout Arena) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        var arena = Arena(expected: expected, budget: budget)
        defer { extendLifetime(arena) }
        return try body(&arena)
    }

    /// An empty arena.
    ///
    /// - Parameters:
    ///   - expected: The bytes that will probably be needed, which are taken in one block.
    ///   - budget: The bytes that may be taken at most.
    private init(expected: Int, budget: Int) {
        blockSize = max(expected, 256)
        self.budget = budget
    }

    deinit {
        var block = unsafe blocks
        while let current = unsafe block {
            unsafe block = current.load(as: UnsafeMutableRawPointer?.self)
            unsafe current.deallocate()
        }
    }

    /// `size` bytes that are not initialised; nil if the budget is used up.
    mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= budget else {
            isExhausted = true
            return nil
        }
        let rounded = (size + Self.alignment - 1) & ~(Self.alignment - 1)
        if rounded > room {
            let capacity = max(blockSize, rounded)
            let block = UnsafeMutableRawPointer.allocate(byteCount: Self.header + capacity, alignment: 16)
            unsafe block.storeBytes(of: blocks, as: UnsafeMutableRawPointer?.self)
            unsafe blocks = unsafe block
            unsafe next = unsafe block + Self.header
            room = capacity
            blockSize *= 2
        }
        let taken = unsafe next
        unsafe next = unsafe taken.map { unsafe $0 + rounded }
        room -= rounded
        budget -= min(budget, rounded)
        return unsafe taken
    }
}

extension Arena {
    /// Runs `body` with the arena as an allocator of the C library. Freeing does nothing.
    mutating func withAllocator<R>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> R) -> R {
        unsafe withUnsafeMutablePointer(to: &self) { arena in
            var allocator = unsafe ProtobufCAllocator(
                alloc: { arena, size in
                    unsafe arena?.assumingMemoryBound(to: Arena.self).pointee.take(size)
                },
                free: { _, _ in },
                allocator_data: UnsafeMutableRawPointer(arena)
            )
            return unsafe body(&allocator)
        }
    }
}
