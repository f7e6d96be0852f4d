internal import CLinux
package import Descriptors
import Glibc

/// The description of a child process that is to be started.
package struct ChildSpecification: Sendable {
    /// A resource of which a process may use only a limited amount. Reaching the limit makes the child fail, never us.
    package enum Resource: Sendable, Hashable, CaseIterable {
        /// Bytes of address space.
        case addressSpace
        /// Seconds of CPU time. The child gets `SIGXCPU` after them, and is killed a second later.
        case cpuSeconds
        /// Bytes of any file it writes.
        case fileSize
        /// One more than the largest number of a descriptor.
        case openFiles
        /// Bytes of a memory dump.
        case core
        /// Processes and threads of its user.
        case processes
    }

    /// A user and a group for the child. Supplementary groups are dropped.
    package struct User: Sendable, Hashable {
        /// The user id: real, effective and saved.
        package var uid: UInt32
        /// The group id: real, effective and saved.
        package var gid: UInt32

        /// The user `uid` in the group `gid`.
        package init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
        }
    }

    /// The absolute path of the program. `PATH` is not searched.
    package var executable: String
    /// The arguments, without the program's own name.
    package var arguments: [String]
    /// The whole environment: nothing is inherited.
    package var environment: [String: String]
    /// The descriptors that the child gets from us, and their numbers in the child. Those of 0, 1 and 2 that are not
    /// listed are `/dev/null`; no other descriptor is open in the child.
    package var descriptors: [(child: CInt, parent: Descriptor)]
    /// The user that the child runs as; our own if nil. A different user needs root.
    package var user: User?
    /// The child's working directory; ours if nil. It is entered with the child's own rights.
    package var workingDirectory: String?
    /// Limits, which the child cannot raise. Limits that are not listed are inherited.
    package var limits: [Resource: UInt64]
    /// Added to our niceness.
    package var niceness: CInt
    /// The signal that the child gets when we end; nil for none. It is lost if the program has set-uid or set-gid bits.
    package var deathSignal: CInt?
    /// Whether the child leads its own process group. Processes that are still in the group when the child ends are
    /// killed.
    package var ownProcessGroup: Bool
    /// Whether the child can never gain privileges by exec.
    package var noNewPrivileges: Bool

    /// Describes the program at `executable`; everything else has the defaults below.
    package init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        descriptors: [(child: CInt, parent: Descriptor)] = [],
        user: User? = nil,
        workingDirectory: String? = nil,
        limits: [Resource: UInt64] = [:],
        niceness: CInt = 0,
        deathSignal: CInt? = SIGKILL,
        ownProcessGroup: Bool = true,
        noNewPrivileges: Bool = true
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.user = user
        self.workingDirectory = workingDirectory
        self.limits = limits
        self.niceness = niceness
        self.deathSignal = deathSignal
        self.ownProcessGroup = ownProcessGroup
        self.noNewPrivileges = noNewPrivileges
    }
}

extension ChildSpecification.Resource {
    var number: CInt {
        switch self {
        case .addressSpace: CInt(CLINUX_LIMIT_ADDRESS_SPACE)
        case .cpuSeconds: CInt(CLINUX_LIMIT_CPU_SECONDS)
        case .fileSize: CInt(CLINUX_LIMIT_FILE_SIZE)
        case .openFiles: CInt(CLINUX_LIMIT_OPEN_FILES)
        case .core: CInt(CLINUX_LIMIT_CORE)
        case .processes: CInt(CLINUX_LIMIT_PROCESSES)
        }
    }
}
