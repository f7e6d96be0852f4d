#ifndef CLINUX_H
#define CLINUX_H

// What Swift cannot do safely by itself on Linux: the steps between fork and exec, confinement of a process, and
// descriptors sent over a socket. Every function returns a negative errno if it fails, unless it says otherwise.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: Starting a child (spawn.c)

/// One descriptor of the child.
struct clinux_placement {
    /// Its number in the child.
    int child;
    /// Its number in the parent.
    int parent;
};

/// One limit of the child, soft and hard alike, but for CPU time, where a second lies between them.
struct clinux_limit {
    /// One of the `CLINUX_LIMIT` values.
    int resource;
    uint64_t value;
};

enum {
    CLINUX_LIMIT_ADDRESS_SPACE = 0,
    CLINUX_LIMIT_CPU_SECONDS = 1,
    CLINUX_LIMIT_FILE_SIZE = 2,
    CLINUX_LIMIT_OPEN_FILES = 3,
    CLINUX_LIMIT_CORE = 4,
    CLINUX_LIMIT_PROCESSES = 5,
};

/// What a child is to be.
struct clinux_child {
    const char *executable;
    /// The executable's name for itself first, then the arguments, then NULL.
    char *const *arguments;
    char *const *environment;
    /// NULL leaves the parent's.
    const char *working_directory;
    /// Overwritten in the child only.
    struct clinux_placement *placements;
    size_t placement_count;
    const struct clinux_limit *limits;
    size_t limit_count;
    bool changes_user;
    uid_t user;
    gid_t group;
    /// Added to the parent's nice value.
    int niceness;
    /// 0 for none. Sent when the *thread* that called `clinux_start` ends.
    int death_signal;
    bool own_process_group;
    bool no_new_privileges;
};

/// What a child was doing when it failed.
enum clinux_step {
    CLINUX_STEP_FORK = 0,
    CLINUX_STEP_GROUP = 1,
    CLINUX_STEP_DESCRIPTORS = 2,
    CLINUX_STEP_LIMITS = 3,
    CLINUX_STEP_USER = 4,
    CLINUX_STEP_DIRECTORY = 5,
    CLINUX_STEP_PRIVILEGES = 6,
    CLINUX_STEP_DEATH_SIGNAL = 7,
    CLINUX_STEP_EXECUTE = 8,
};

/// Starts `child` and returns once its executable runs. Blocks for some milliseconds.
///
/// Sets `*pid` and `*pidfd`, which the caller closes; if it fails, sets `*step` and leaves no child behind.
int clinux_start(const struct clinux_child *child, pid_t *pid, int *pidfd, enum clinux_step *step);

/// Sends `signal` to the process of `pidfd`, never to another that got its number.
int clinux_signal(int pidfd, int signal);

/// Reaps `pid`, which must have ended or be about to. Sets `*code` to the exit status and `*signal` to 0, or `*signal`
/// to what killed it.
int clinux_reap(pid_t pid, int *code, int *signal);

/// Names the calling thread for tools; 15 bytes of `name` are kept.
void clinux_name_thread(const char *name);

// MARK: The clock (clock.c)

/// Returns 1 if the kernel says that its clock is kept in time with a server, and 0 if it says that it is not.
int clinux_clock_is_synchronised(void);

/// Lets the allocator give blocks of a quarter of a MiB and more back to the system as soon as they are freed. Returns 0, or
/// -1 if the allocator refuses.
int clinux_return_large_blocks(void);

// MARK: Confining this process (confine.c)

/// Makes this process another user's, in no group but `group`. `death_signal` comes when the parent's thread ends. The
/// process must have one thread, and a death signal already: a parent that ends before this call is not noticed here.
int clinux_become_user(uid_t user, gid_t group, int death_signal);

/// Gives up gaining privileges by exec, for ever, and being traced or dumped by processes of the same user.
int clinux_give_up_privileges(void);

/// Refuses this process every path, by Landlock: what is open stays open. Returns the ABI version that is in force.
int clinux_forbid_paths(void);

/// Refuses, with EPERM, every system call but those that decoding needs, by seccomp, on all threads.
///
/// No new process or thread, no new socket, no signal but to this process, no executable memory. No file can be opened
/// by its name; that one exists, and its size, can still be asked.
int clinux_forbid_calls(void);

// MARK: Descriptors over a socket (channel.c)

/// The most descriptors that one message takes. The kernel's own bound is 253.
enum { CLINUX_MAX_DESCRIPTORS = 16 };

/// Sends bytes, with `descriptor_count` descriptors attached to the first of them. Returns how many bytes were sent.
/// Never raises SIGPIPE.
ssize_t clinux_send(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count, bool wait);

/// Receives bytes, and into `descriptors`, which has room for CLINUX_MAX_DESCRIPTORS, what was attached to them.
/// Returns how many bytes there were, 0 at the end; -EMSGSIZE if descriptors were lost, because there were more of them
/// or because this process may open no more: then it keeps none of them.
/// Received descriptors are closed on exec.
ssize_t clinux_receive(
    int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count, bool wait);

/// Opens two connected stream sockets that are closed on exec.
int clinux_socket_pair(int sockets[2]);

/// Opens a pipe whose ends, first the one to read, are closed on exec.
int clinux_pipe(int ends[2]);

#endif
