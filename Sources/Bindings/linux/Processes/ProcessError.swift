internal import Glibc

/// Why the system refused something about a process or a descriptor.
package struct ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was to be done, such as `execute "/bin/true"`.
    package let action: String
    /// The system's error number, such as `ENOENT`.
    package let number: CInt
    /// Whether the program of a child could not be executed, and all before it was done.
    package let isOfProgram: Bool

    /// The failure of `action` for the reason `number`.
    package init(_ action: String, _ number: CInt, isOfProgram: Bool = false) {
        self.action = action
        self.number = number
        self.isOfProgram = isOfProgram
    }

    /// Whether the system was short of memory, processes or descriptors, so that the same may succeed in a moment.
    package var isShortage: Bool {
        [ENOMEM, ENOBUFS, EAGAIN, EMFILE, ENFILE, ETOOMANYREFS].contains(number)
    }

    /// One line, such as `could not execute "/bin/no": No such file or directory`.
    package var description: String {
        "could not \(action): \(unsafe String(cString: strerror(number)))"
    }
}
