import Glibc

/// A call to the file system failed.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system's number for what went wrong, such as `ENOENT`.
    package var errorNumber: CInt
    /// The action that failed, such as `open "/a/b"`.
    package var action: String

    /// The failure `errorNumber` of `action`.
    package init(_ errorNumber: CInt, _ action: String) {
        self.errorNumber = errorNumber
        self.action = action
    }

    /// Whether there is no such file: it or a folder on the way to it does not exist, something on the way is no folder,
    /// or a link stands where none is followed.
    package var isNotFound: Bool { [ENOENT, ENOTDIR, ELOOP].contains(errorNumber) }
    /// Whether the name is already in use.
    package var alreadyExists: Bool { errorNumber == EEXIST }
    /// Whether this file system has no locks.
    package var hasNoLocks: Bool { [ENOLCK, ENOSYS, EOPNOTSUPP].contains(errorNumber) }
    /// Whether the disk or the quota is full.
    package var isFull: Bool { [ENOSPC, EDQUOT].contains(errorNumber) }

    /// One line: what could not be done, and the system's reason.
    package var description: String {
        "could not \(action): \(unsafe String(cString: strerror(errorNumber)))"
    }
}

/// Repeats `call` while a signal interrupts it, and throws when it fails.
@discardableResult
func retrying<Result: SignedInteger>(
    _ action: @autoclosure () -> String,
    _ call: () -> Result
) throws(FileError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let number = errno
        if number != EINTR { throw FileError(number, action()) }
    }
}
