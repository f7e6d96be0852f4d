#include "CLinux.h"

#include <malloc.h>

int clinux_return_large_blocks(void) {
    // Without this, glibc raises the threshold with each large block that is freed, up to 32 MiB. What lies below it comes
    // from heaps that shrink only when their last byte is free.
    return mallopt(M_MMAP_THRESHOLD, 256 << 10) == 1 ? 0 : -1;
}
