#include "CLinux.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

bool clinux_is_sanitized(void) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || defined(__SANITIZE_ADDRESS__) || \
    defined(__SANITIZE_THREAD__)
    return true;
#else
    return false;
#endif
}
