// The C library declares pseudo-terminals and widths of characters only to programs that ask for X/Open, which Swift's
// module of it does not.
#define _GNU_SOURCE

#include "CTerminal.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

int terminal_open(int *terminal) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return -1;
    char name[64];
    if (grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, sizeof name) == 0) {
        *terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (*terminal >= 0) return master;
    }
    close(master);
    return -1;
}

int terminal_resize(int master, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(master, TIOCSWINSZ, &size);
}

static locale_t unicode;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_unicode(void) { unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

int terminal_width(uint32_t scalar) {
    pthread_once(&once, make_unicode);
    locale_t before = uselocale(unicode);
    int width = wcwidth((wchar_t)scalar);
    uselocale(before);
    return width;
}
