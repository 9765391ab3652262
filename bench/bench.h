/* What every benchmark needs: to insist, to tell the time, to take a median. */
#ifndef WEIR_BENCH_BENCH_H
#define WEIR_BENCH_BENCH_H

#include <stdbool.h>
#include <time.h>

/* Ends the program with "NAME: what" unless ok. */
void bench_require(bool ok, const char *what);

/* Milliseconds on that clock: CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID … */
double bench_ms(clockid_t clock);

/* Sorts values [len], len >= 1. */
double bench_median(double *values, int len);

/* The path of a file in the shared data ($WEIR_DATA, else ../shared/data), or
 * NULL; then a line of JSON says that the benchmark was skipped. Static. */
const char *bench_data(const char *bench, const char *relative);

#endif
