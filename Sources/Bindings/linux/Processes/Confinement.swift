internal import CLinux
internal import Glibc

/// The rights that this process can give up before it reads untrusted bytes. None of them can be regained.
package enum Confinement {
    /// A layer of confinement, which the kernel may or may not support.
    package enum Layer: String, Sendable, Hashable, CaseIterable {
        /// No privileges are gained by exec, and others of the same user cannot trace this process.
        case noNewPrivileges = "no-new-privileges"
        /// No path can be opened. On newer kernels this process can also use no TCP port, connect to no abstract Unix
        /// socket of another process, and send another process no signal.
        case landlock
        /// Only the system calls that decoding needs are allowed.
        case seccomp
    }

    /// Changes this process to `user`, in no group but the user's. As before, it ends when its parent's thread ends.
    ///
    /// The process must have one thread.
    ///
    /// - Throws: ``ProcessError`` if we may not, or if the parent has ended meanwhile.
    package static func become(_ user: ChildSpecification.User) throws(ProcessError) {
        let result = clinux_become_user(user.uid, user.gid, SIGKILL)
        guard result == 0 else { throw ProcessError("become user \(user.uid)", -result) }
    }

    /// Enters every layer that the kernel supports, from the outermost to the innermost.
    ///
    /// Everything that opens a file, loads a library or starts a thread must be done before. A system call that is
    /// refused fails with `EPERM`.
    ///
    /// - Returns: The layers that are in force.
    package static func enter() -> [Layer] {
        Layer.allCases.filter { layer in
            switch layer {
            case .noNewPrivileges: clinux_give_up_privileges() == 0
            case .landlock: clinux_forbid_paths() > 0
            case .seccomp: clinux_forbid_calls() == 0
            }
        }
    }
}
