// pipe2, _Fork, close_range and pidfd_open are GNU's.
#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// What a child that cannot go on tells its parent.
struct failure {
    enum clinux_step step;
    int error;
};

static _Noreturn void fail(int report, enum clinux_step step, int error) {
    struct failure failure = {step, error};
    ssize_t written = write(report, &failure, sizeof failure);
    (void)written;
    _exit(127);
}

/// The parent's handlers do not exist in the new program, and what it ignores (SIGPIPE) the child must not.
static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/// Gives the child the descriptors it was promised and no other. Returns where `report` now is.
static int place_descriptors(const struct clinux_child *child, int report) {
    int above = 3;
    for (size_t i = 0; i < child->placement_count; i++) {
        if (child->placements[i].child >= above) above = child->placements[i].child + 1;
    }
    // Staged above every target first, or placing one could overwrite the source of the next.
    int staged_report = fcntl(report, F_DUPFD_CLOEXEC, above);
    if (staged_report < 0) fail(report, CLINUX_STEP_DESCRIPTORS, errno);
    report = staged_report;
    for (size_t i = 0; i < child->placement_count; i++) {
        int staged = fcntl(child->placements[i].parent, F_DUPFD_CLOEXEC, above);
        if (staged < 0) fail(report, CLINUX_STEP_DESCRIPTORS, errno);
        child->placements[i].parent = staged;
    }
    // Everything goes at exec; dup2 below clears the mark of what it places.
    if (close_range(0, UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0) fail(report, CLINUX_STEP_DESCRIPTORS, errno);
    for (int standard = 0; standard <= 2; standard++) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0) fail(report, CLINUX_STEP_DESCRIPTORS, errno);
        if (null == standard) {
            fcntl(null, F_SETFD, 0);
        } else if (dup2(null, standard) < 0) {
            fail(report, CLINUX_STEP_DESCRIPTORS, errno);
        }
    }
    for (size_t i = 0; i < child->placement_count; i++) {
        if (dup2(child->placements[i].parent, child->placements[i].child) < 0) {
            fail(report, CLINUX_STEP_DESCRIPTORS, errno);
        }
    }
    return report;
}

static void set_limits(const struct clinux_child *child, int report) {
    static const int resources[] = {
        [CLINUX_LIMIT_ADDRESS_SPACE] = RLIMIT_AS,  [CLINUX_LIMIT_CPU_SECONDS] = RLIMIT_CPU,
        [CLINUX_LIMIT_FILE_SIZE] = RLIMIT_FSIZE,   [CLINUX_LIMIT_OPEN_FILES] = RLIMIT_NOFILE,
        [CLINUX_LIMIT_CORE] = RLIMIT_CORE,         [CLINUX_LIMIT_PROCESSES] = RLIMIT_NPROC,
    };
    for (size_t i = 0; i < child->limit_count; i++) {
        struct rlimit limit = {child->limits[i].value, child->limits[i].value};
        // At the soft limit comes SIGXCPU, which says why; at the hard one SIGKILL, which could be anything.
        if (child->limits[i].resource == CLINUX_LIMIT_CPU_SECONDS) limit.rlim_max++;
        if (setrlimit(resources[child->limits[i].resource], &limit) != 0) fail(report, CLINUX_STEP_LIMITS, errno);
    }
    if (child->niceness != 0 && setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + child->niceness) != 0) {
        fail(report, CLINUX_STEP_LIMITS, errno);
    }
}

/// Raw calls: glibc's wrappers signal all threads of the process, and of the parent's only this one was forked.
static void change_user(const struct clinux_child *child, int report) {
    if (syscall(SYS_setgroups, 0, NULL) != 0
        || syscall(SYS_setresgid, child->group, child->group, child->group) != 0
        || syscall(SYS_setresuid, child->user, child->user, child->user) != 0) {
        fail(report, CLINUX_STEP_USER, errno);
    }
}

int clinux_become_user(uid_t user, gid_t group, int death_signal) {
    pid_t parent = getppid();
    if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0) {
        return -errno;
    }
    // The change of user has cleared it, and a parent that ended since then sends nothing any more.
    if (prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0) return -errno;
    return getppid() == parent ? 0 : -ESRCH;
}

/// Everything between fork and exec. Only what is safe after a fork from a process with threads.
static _Noreturn void become(const struct clinux_child *child, pid_t parent, int report) {
    reset_signals();
    if (child->own_process_group && setpgid(0, 0) != 0) fail(report, CLINUX_STEP_GROUP, errno);
    report = place_descriptors(child, report);
    set_limits(child, report);
    if (child->changes_user) change_user(child, report);
    // As the new user, who might not be allowed to enter it.
    if (child->working_directory != NULL && chdir(child->working_directory) != 0) {
        fail(report, CLINUX_STEP_DIRECTORY, errno);
    }
    if (child->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        fail(report, CLINUX_STEP_PRIVILEGES, errno);
    }
    if (child->death_signal != 0) {
        // After the change of user, which clears it.
        if (prctl(PR_SET_PDEATHSIG, child->death_signal, 0, 0, 0) != 0) {
            fail(report, CLINUX_STEP_DEATH_SIGNAL, errno);
        }
        // A parent that ended before the call above sends nothing any more.
        if (getppid() != parent) fail(report, CLINUX_STEP_DEATH_SIGNAL, ESRCH);
    }
    execve(child->executable, child->arguments, child->environment);
    fail(report, CLINUX_STEP_EXECUTE, errno);
}

static void reap_quietly(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

int clinux_start(const struct clinux_child *child, pid_t *pid, int *pidfd, enum clinux_step *step) {
    *step = CLINUX_STEP_FORK;
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    // No handler of the parent may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    // Not vfork: the child would share our memory, and a change of user there marks it as not to be dumped. _Fork
    // runs no fork handlers of libraries, which the child does not need.
    pid_t forked = _Fork();
    int error = errno;
    if (forked == 0) become(child, parent, report[1]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (forked < 0) {
        close(report[0]);
        return -error;
    }

    struct failure failure;
    ssize_t count;
    do {
        count = read(report[0], &failure, sizeof failure);
    } while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof failure) {
        reap_quietly(forked);
        *step = failure.step;
        return -failure.error;
    }
    int descriptor = pidfd_open(forked, 0);
    if (descriptor < 0) {
        error = errno;
        kill(forked, SIGKILL);
        reap_quietly(forked);
        return -error;
    }
    *pid = forked;
    *pidfd = descriptor;
    return 0;
}

int clinux_signal(int pidfd, int signal) {
    return pidfd_send_signal(pidfd, signal, NULL, 0) == 0 ? 0 : -errno;
}

int clinux_reap(pid_t pid, int *code, int *signal) {
    int status;
    pid_t reaped;
    do {
        reaped = waitpid(pid, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    if (reaped < 0) return -errno;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

void clinux_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
