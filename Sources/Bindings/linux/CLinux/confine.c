#include "CLinux.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the allow-list of system calls is known for x86_64 and aarch64 only"
#endif

int clinux_give_up_privileges(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -errno;
    return 0;
}

/// The kernel's `landlock_ruleset_attr` as of ABI 6. The system's header may know only its first field.
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

/// Rights over files that each ABI brought: 13 with the first, then refer, truncate, (none,) ioctl of devices.
static uint64_t file_rights(long abi) {
    int bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
    return (UINT64_C(1) << bits) - 1;
}

int clinux_forbid_paths(void) {
    const unsigned version_flag = 1;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, version_flag);
    if (abi < 1) return abi < 0 ? -errno : -ENOSYS;
    struct ruleset rules = {
        .handled_access_fs = file_rights(abi),
        .handled_access_net = abi >= 4 ? 3 : 0,
        .scoped = abi >= 6 ? 3 : 0,
    };
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    long ruleset = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0) return -errno;
    long result = syscall(SYS_landlock_restrict_self, (int)ruleset, 0);
    int error = errno;
    close((int)ruleset);
    return result == 0 ? (int)abi : -error;
}

/// Calls that libav, malloc and the Swift runtime make, whatever their arguments.
///
/// newfstatat is how glibc asks for the size of an open file. It takes paths, too, which a filter cannot look at: that
/// a file exists, and how long it is, is what a hostile worker can still find out.
static const uint32_t allowed[] = {
    __NR_read, __NR_readv, __NR_pread64, __NR_preadv, __NR_write, __NR_writev, __NR_pwrite64, __NR_pwritev,
    __NR_recvmsg, __NR_sendmsg, __NR_lseek, __NR_ftruncate, __NR_fstat, __NR_newfstatat, __NR_close,
#ifdef __NR_poll
    __NR_poll,
#endif
    __NR_ppoll, __NR_munmap, __NR_mremap, __NR_madvise, __NR_brk, __NR_futex, __NR_rt_sigaction,
    __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_sigaltstack, __NR_clock_gettime, __NR_clock_nanosleep,
    __NR_gettimeofday, __NR_getpid, __NR_gettid, __NR_getrandom, __NR_sched_yield, __NR_sched_getaffinity,
    __NR_restart_syscall, __NR_exit, __NR_exit_group,
};

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)
#define DENY ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW ANSWER(SECCOMP_RET_ALLOW)

int clinux_forbid_calls(void) {
    enum { COUNT = sizeof allowed / sizeof allowed[0] };
    struct sock_filter program[COUNT + 32];
    unsigned short length = 0;
    // Low halves of arguments: both architectures are little-endian.
    const struct sock_filter head[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 1, 0),
        DENY,
        LOAD(nr),
        // On x86_64 the same calls again, under other numbers.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        DENY,
        // A signal to itself is how abort ends; to others of the same user it would be a weapon.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tgkill, 0, 4),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1),
        ALLOW,
        DENY,
        // Memory, but none that can be run.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 4),
        LOAD(args[2]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        ALLOW,
        DENY,
    };
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) program[length++] = head[i];
    for (unsigned i = 0; i < COUNT; i++) {
        // To ALLOW, past the calls that follow and DENY.
        struct sock_filter test = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], (uint8_t)(COUNT - i), 0);
        program[length++] = test;
    }
    // EPERM and not death: libav's log asks its terminal for colours, which is no attack.
    const struct sock_filter tail[] = {DENY, ALLOW};
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) program[length++] = tail[i];

    struct sock_fprog filter = {.len = length, .filter = program};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0) return -errno;
    return 0;
}
