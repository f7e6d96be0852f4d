#ifndef CCONFINEMENTPROBE_H
#define CCONFINEMENTPROBE_H

/// Makes attempt `number`, counted from 0, of those that a hostile worker would make. System calls are made by their own
/// numbers, so that no library can stand between.
///
/// Returns the attempt's name, and sets `*error` to its error number, or to 0 if it succeeded; NULL after the last.
const char *cconfinementprobe_attempt(int number, int *error);

/// Does thing `number` of those that decoding needs and must be able to do. Returns as above.
const char *cconfinementprobe_need(int number, int *error);

#endif
