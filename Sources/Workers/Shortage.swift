internal import Glibc
internal import Processes
internal import WorkerLink

/// What the machine was short of when a task for a worker had no result. It says nothing about any file.
package enum Shortage: Sendable, Hashable, CaseIterable {
    /// The system, or a person, ended the worker from outside. Linux does so when memory runs out.
    case killed
    /// The system had no memory.
    case memory
    /// The system had no room for a process or a thread.
    case processes
    /// This process or the system had no descriptor left.
    case descriptors
    /// The worker program could not be executed, as while another version of it is being installed.
    case program
    /// The disk for scratch files is full.
    case scratch
    /// The disk for scratch files did not take bytes.
    case disk

    /// Whether fewer workers at once would need less of it.
    var lowersParallelism: Bool {
        switch self {
        case .killed, .memory, .processes, .descriptors: true
        case .program, .scratch, .disk: false
        }
    }

    /// What an operator can do about it.
    var hint: String {
        switch self {
        case .killed, .memory: "Give the machine more memory, or the daemon fewer workers."
        case .processes: "Raise the limit of processes, or give the daemon fewer workers."
        case .descriptors: "Raise the limit of open files."
        case .program: "Install packaging-worker where every user may read and run it."
        case .scratch: "Make room in the state folder."
        case .disk: "Check the disk of the state folder."
        }
    }
}

extension Shortage {
    /// The shortage that the system's error `number` stands for; nil if it stands for none.
    init?(_ number: CInt) {
        switch number {
        case ENOMEM, ENOBUFS: self = .memory
        case EAGAIN: self = .processes
        case EMFILE, ENFILE, ETOOMANYREFS: self = .descriptors
        case ENOSPC, EDQUOT: self = .scratch
        default: return nil
        }
    }

    /// The shortage that made a step of starting a worker, or of opening a file for it, fail; nil if it was none.
    init?(_ error: ProcessError) {
        if let shortage = Shortage(error.number) {
            self = shortage
        } else if error.isOfProgram, Self.ofProgram.contains(error.number) {
            self = .program
        } else {
            return nil
        }
    }

    /// The errors of a program that is missing, half written, or not yet allowed to run. The last one is the error of a
    /// file whose first bytes are no program's.
    private static let ofProgram: Set<CInt> = [ENOENT, ENOTDIR, EACCES, ETXTBSY, EIO, ESTALE, ELIBBAD, EINVAL, ENOEXEC]

    init(_ reported: ReportedShortage) {
        self =
            switch reported {
            case .memory: .memory
            case .descriptors: .descriptors
            case .space: .scratch
            case .disk: .disk
            }
    }
}
