internal import Glibc

/// Why the system refused something about a process or a descriptor.
public struct ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was to be done, such as `execute "/bin/true"`.
    public let action: String
    /// The system's error number, such as `ENOENT`.
    public let number: CInt

    /// The failure of `action` for the reason `number`.
    public init(_ action: String, _ number: CInt) {
        self.action = action
        self.number = number
    }

    /// One line, such as `could not execute "/bin/no": No such file or directory`.
    public var description: String {
        "could not \(action): \(unsafe String(cString: strerror(number)))"
    }
}
