#define _GNU_SOURCE
#include "CSanitizer.h"
#include <stdint.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

bool csanitizer_is_built_in(void) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || defined(__SANITIZE_ADDRESS__) || \
    defined(__SANITIZE_THREAD__)
    return true;
#else
    return false;
#endif
}

#if __has_feature(thread_sanitizer)

// Swift's Mutex takes and gives its lock in our own code, where the thread sanitizer sees it, unless it has to wait: then in a
// library that is not built with the sanitizer. These functions stand in front of the library's and tell what happens there.

#include <dlfcn.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef __attribute__((swiftcall)) void (*lock_slow)(uint32_t, __attribute__((swift_context)) void *);
typedef __attribute__((swiftcall)) void (*unlock_slow)(__attribute__((swift_context)) void *);

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

__attribute__((swiftcall)) void csanitizer_lock_slow(uint32_t owner, __attribute__((swift_context)) void *mutex) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void csanitizer_unlock_slow(__attribute__((swift_context)) void *mutex) __asm__(UNLOCK_SLOW);

__attribute__((swiftcall)) void csanitizer_lock_slow(uint32_t owner, __attribute__((swift_context)) void *mutex) {
    ((lock_slow)dlsym(RTLD_NEXT, LOCK_SLOW))(owner, mutex);
    __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void csanitizer_unlock_slow(__attribute__((swift_context)) void *mutex) {
    __tsan_release(mutex);
    ((unlock_slow)dlsym(RTLD_NEXT, UNLOCK_SLOW))(mutex);
}

#endif
