/* A rate with steps: what it carries is the area under them. */
#include <math.h>

#include "link/capacity.h"

/* The step that holds at t_ns. */
static size_t step_at(const struct weir_link_rate *rate, size_t rates, int64_t t_ns) {
    size_t low = 0, high = rates - 1;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (rate[middle].from_ns <= t_ns)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

double link_rate_at(const struct weir_link_rate *rate, size_t rates, int64_t at_ns) {
    return rate[step_at(rate, rates, at_ns)].mbit_per_s;
}

static double bytes_per_ns(const struct weir_link_rate *rate) {
    return rate->mbit_per_s / 8000;
}

/* Beyond some centuries nothing ever comes. */
static int64_t later(int64_t from_ns, double ns) {
    return ns < 0x1p62 - (double)from_ns ? from_ns + (int64_t)ns : WEIR_FOREVER;
}

int64_t link_rate_finish(const struct weir_link_rate *rate, size_t rates, int64_t from_ns,
                         double bytes) {
    for (size_t i = step_at(rate, rates, from_ns);; i++) {
        double pace = bytes_per_ns(&rate[i]);
        bool last = i + 1 == rates;
        double room = last ? INFINITY : (double)(rate[i + 1].from_ns - from_ns) * pace;
        if (pace > 0 && bytes <= room)
            return later(from_ns, ceil(bytes / pace));
        if (last)
            return WEIR_FOREVER;
        bytes -= room;
        from_ns = rate[i + 1].from_ns;
    }
}

double link_rate_between(const struct weir_link_rate *rate, size_t rates, int64_t from_ns,
                         int64_t to_ns) {
    double bytes = 0;
    for (size_t i = step_at(rate, rates, from_ns); from_ns < to_ns; i++) {
        int64_t until = i + 1 < rates && rate[i + 1].from_ns < to_ns ? rate[i + 1].from_ns : to_ns;
        bytes += (double)(until - from_ns) * bytes_per_ns(&rate[i]);
        from_ns = until;
    }
    return bytes;
}
