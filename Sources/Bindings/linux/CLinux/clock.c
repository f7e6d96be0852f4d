#include "CLinux.h"

#include <errno.h>
#include <sys/timex.h>

int clinux_clock_is_synchronised(void) {
    struct timex clock = {.modes = 0};
    int state = adjtimex(&clock);
    if (state < 0) return -errno;
    return state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}
