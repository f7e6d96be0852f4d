package import Files

/// Tells whether a disk has room for new work. A value without I/O.
///
/// A disk is full below its floor (``FileSystemSpace/floorBytes``), and until it has half as much again. So one that
/// stands at the floor does not open and close the daemon with each file that comes and goes.
package struct DiskWatch: Sendable {
    /// A disk with fewer files left is full, however many bytes it has.
    private static let floorFiles: Int64 = 64

    /// Whether the disk was full when it was last looked at.
    package private(set) var isFull = false

    /// A disk that was not looked at yet.
    package init() {}

    /// The disk was looked at.
    ///
    /// - Returns: Whether it is full now.
    package mutating func looked(at space: FileSystemSpace) -> Bool {
        let factor: Int64 = isFull ? 3 : 2
        let hasBytes = space.freeBytes * 2 >= space.floorBytes * factor
        let hasFiles = space.freeFiles.map { $0 * 2 >= Self.floorFiles * factor } ?? true
        isFull = !(hasBytes && hasFiles)
        return isFull
    }
}
