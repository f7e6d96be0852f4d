internal import CLinux
internal import Descriptors
internal import Glibc

extension ChildProcess {
    /// Forks and executes on the calling thread. If the child has a death signal, it gets the signal when this thread
    /// ends. Blocks.
    static func start(_ specification: ChildSpecification) throws(ProcessError) -> ChildProcess {
        var pid: pid_t = 0
        var pidfd: CInt = -1
        var step = CLINUX_STEP_FORK
        let result = unsafe withCStrings([specification.executable] + specification.arguments) { arguments in
            let environment = specification.environment.map { "\($0.key)=\($0.value)" }.sorted()
            return unsafe withCStrings(environment) { environment in
                unsafe withOptionalCString(specification.workingDirectory) { directory in
                    unsafe start(specification, arguments, environment, directory, &pid, &pidfd, &step)
                }
            }
        }
        guard result == 0 else {
            throw ProcessError(
                specification.action(at: step),
                -result,
                isOfProgram: step == CLINUX_STEP_EXECUTE
            )
        }
        return ChildProcess(
            pid: pid,
            pidfd: Descriptor(owning: pidfd),
            leadsGroup: specification.ownProcessGroup
        )
    }

    private static func start(
        _ specification: ChildSpecification,
        _ arguments: UnsafePointer<UnsafeMutablePointer<CChar>?>,
        _ environment: UnsafePointer<UnsafeMutablePointer<CChar>?>,
        _ directory: UnsafePointer<CChar>?,
        _ pid: inout pid_t,
        _ pidfd: inout CInt,
        _ step: inout clinux_step
    ) -> CInt {
        let limits = specification.limits.map { clinux_limit(resource: $0.key.number, value: $0.value) }
        return specification.descriptors.map(\.parent).withNumbers { parents in
            var placements = zip(specification.descriptors, parents).map {
                clinux_placement(child: $0.child, parent: $1)
            }
            return unsafe placements.withUnsafeMutableBufferPointer { placements in
                unsafe limits.withUnsafeBufferPointer { limits in
                    var child = unsafe clinux_child()
                    unsafe child.executable = UnsafePointer(arguments[0])
                    unsafe child.arguments = arguments
                    unsafe child.environment = environment
                    unsafe child.working_directory = directory
                    unsafe child.placements = placements.baseAddress
                    unsafe child.placement_count = placements.count
                    unsafe child.limits = limits.baseAddress
                    unsafe child.limit_count = limits.count
                    if let user = specification.user {
                        unsafe child.changes_user = true
                        unsafe child.user = user.uid
                        unsafe child.group = user.gid
                    }
                    unsafe child.niceness = specification.niceness
                    unsafe child.death_signal = specification.deathSignal ?? 0
                    unsafe child.own_process_group = specification.ownProcessGroup
                    unsafe child.no_new_privileges = specification.noNewPrivileges
                    return unsafe clinux_start(&child, &pid, &pidfd, &step)
                }
            }
        }
    }
}

extension ChildSpecification {
    /// The action of the child at `step`, for messages.
    fileprivate func action(at step: clinux_step) -> String {
        switch step {
        case CLINUX_STEP_FORK: "start a process for \"\(executable)\""
        case CLINUX_STEP_GROUP: "give \"\(executable)\" a process group"
        case CLINUX_STEP_DESCRIPTORS: "hand \"\(executable)\" its descriptors"
        case CLINUX_STEP_LIMITS: "limit \"\(executable)\""
        case CLINUX_STEP_USER: "run \"\(executable)\" as user \(user.map { String($0.uid) } ?? "")"
        case CLINUX_STEP_DIRECTORY: "start \"\(executable)\" in \"\(workingDirectory ?? "")\""
        case CLINUX_STEP_PRIVILEGES: "take privileges from \"\(executable)\""
        case CLINUX_STEP_DEATH_SIGNAL: "tie \"\(executable)\" to its parent"
        default: "execute \"\(executable)\""
        }
    }
}

/// Calls `body` with `strings` as a NULL-ended array of C strings, which live as long as the call.
private func withCStrings<R>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var copies = unsafe strings.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    unsafe copies.append(nil)
    return unsafe copies.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("the array has its end at least") }
        return unsafe body(base)
    }
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return unsafe string.withCString { unsafe body($0) }
}
