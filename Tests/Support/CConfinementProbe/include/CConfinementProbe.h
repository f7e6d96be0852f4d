#ifndef CCONFINEMENTPROBE_H
#define CCONFINEMENTPROBE_H

/// Tries what a hostile worker would, by the system call's own number where a library could stand between.
///
/// Returns what it tried and how it ended, the next one for each `number` from 0; NULL after the last.
const char *cconfinementprobe_attempt(int number, int *error);

/// Tries what decoding needs and must be able to do. As above.
const char *cconfinementprobe_need(int number, int *error);

#endif
