#ifndef CSANITIZER_H
#define CSANITIZER_H

#include <stdbool.h>

/// Whether this build has the address or thread sanitizer.
bool csanitizer_is_built_in(void);

#endif
