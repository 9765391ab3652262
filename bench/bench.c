#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void bench_require(bool ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(1);
}

double bench_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int len) {
    qsort(values, (size_t)len, sizeof *values, ascending);
    return len % 2 ? values[len / 2] : (values[len / 2 - 1] + values[len / 2]) / 2;
}

const char *bench_data(const char *bench, const char *relative) {
    static char path[4][4096];
    static unsigned next;
    char *slot = path[next++ % 4];
    const char *data = getenv("WEIR_DATA");
    snprintf(slot, sizeof path[0], "%s/%s", data ? data : "../shared/data", relative);
    if (access(slot, R_OK) == 0)
        return slot;
    printf("{\"bench\":\"%s\",\"skipped\":\"no %s\"}\n", bench, relative);
    return NULL;
}
