#define _GNU_SOURCE

#include "CConfinementProbe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// Makes one call, and sets `*error` to its error number, or to 0 if the call succeeded.
#define TRY(call) *error = (call) == -1 ? errno : 0

const char *cconfinementprobe_attempt(int number, int *error) {
    char byte;
    struct iovec part = {&byte, 1};
    switch (number) {
    case 0: TRY(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)); return "read a file";
    case 1: TRY(syscall(SYS_openat, AT_FDCWD, "/tmp/x", O_RDWR | O_CREAT, 0600)); return "create a file";
    case 2: TRY(syscall(SYS_unlinkat, AT_FDCWD, "/tmp/nothing", 0)); return "remove a file";
    case 3: TRY(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)); return "open a TCP socket";
    case 4: TRY(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)); return "open a Unix socket";
    case 5: TRY(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); return "fork";
    case 6: TRY(syscall(SYS_execve, "/bin/true", NULL, NULL)); return "execute a program";
    case 7: TRY(syscall(SYS_kill, getppid(), 0)); return "signal the parent";
    case 8: TRY(syscall(SYS_tgkill, getppid(), getppid(), 0)); return "signal the parent's thread";
    case 9: TRY(syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0)); return "trace the parent";
    case 10: TRY(syscall(SYS_process_vm_readv, getppid(), &part, 1, &part, 1, 0)); return "read the parent's memory";
    case 11: TRY(syscall(SYS_unshare, CLONE_NEWUSER)); return "enter a user namespace";
    case 12: TRY(syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        return "map memory that can run";
    case 13: TRY(syscall(SYS_ioctl, 0, 0x5413, 0)); return "control a device";
    case 14: TRY(syscall(SYS_setuid, 0)); return "become root";
    case 15: TRY(syscall(SYS_pidfd_open, getppid(), 0)); return "open the parent";
    case 16: TRY(syscall(SYS_bpf, 0, NULL, 0)); return "load a program into the kernel";
    case 17: TRY(syscall(SYS_io_uring_setup, 1, NULL)); return "queue calls past the filter";
#ifdef __x86_64__
    case 18: TRY(syscall(0x40000000 + SYS_getpid)); return "call by the other table of numbers";
    case 19: TRY(syscall(SYS_open, "/etc/passwd", O_RDONLY)); return "read a file the old way";
#endif
    default: return NULL;
    }
}

const char *cconfinementprobe_need(int number, int *error) {
    struct timespec now;
    switch (number) {
    case 0: *error = write(2, "", 0) == -1 ? errno : 0; return "write to a descriptor";
    case 1: {
        // More than malloc keeps at hand.
        void *memory = malloc(64 << 20);
        *error = memory == NULL ? errno : 0;
        free(memory);
        return "get memory";
    }
    case 2: TRY(clock_gettime(CLOCK_MONOTONIC, &now)); return "ask the time";
    case 3: TRY(syscall(SYS_tgkill, getpid(), gettid(), 0)); return "signal itself";
    case 4: TRY(fcntl(0, F_GETFD)); *error = 0; return "go on after a refusal";
    default: return NULL;
    }
}
