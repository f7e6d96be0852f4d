#include <libpq-fe.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// What connection threads need and Swift's Glibc module lacks.

// A descriptor to wait for in poll(2), together with the socket.
static inline int cpq_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

// Names the calling thread, in 15 characters at most.
static inline void cpq_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}
