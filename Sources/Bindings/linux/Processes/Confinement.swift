internal import CLinux
internal import Glibc

/// What this process can take from itself before it touches foreign bytes. Nothing of it can be undone.
package enum Confinement {
    /// A layer that the kernel may or may not have.
    package enum Layer: String, Sendable, Hashable, CaseIterable {
        /// No privileges are gained by exec, and others of the same user cannot trace this process.
        case noNewPrivileges = "no-new-privileges"
        /// No path can be opened, and on newer kernels no TCP port and no other process's socket or signal reached.
        case landlock
        /// No system call but those that decoding needs.
        case seccomp
    }

    /// Makes this process `user`'s, in no group but the user's. It then ends with its parent's thread, as before.
    ///
    /// The process must have one thread.
    ///
    /// - Throws: ``ProcessError`` if we may not, or if the parent has ended meanwhile.
    package static func become(_ user: ChildSpecification.User) throws(ProcessError) {
        let result = clinux_become_user(user.uid, user.gid, SIGKILL)
        guard result == 0 else { throw ProcessError("become user \(user.uid)", -result) }
    }

    /// Enters every layer that the kernel has, from the outermost in.
    ///
    /// Whatever opens a file, loads a library or starts a thread must be done before. A system call that is refused
    /// fails with `EPERM`.
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
