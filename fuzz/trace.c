/* A recorded capacity. What was understood makes a link that never goes back in time. */
#include "fuzz.h"

#include <string.h>

#include "link/link.h"

static void drive(const struct weir_trace *trace) {
    const struct weir_link_conf conf = {
        .trace = trace, .trace_begin_ns = 3 * WEIR_NS_PER_MS, .queue_bytes = 100000};
    struct weir_link link;
    int64_t now = 0, before = 0, left, there;
    FUZZ_HOLDS(weir_trace_mean_mbit_per_s(trace) > 0);
    FUZZ_HOLDS(!weir_link_init(&link, &conf, NULL));
    for (int i = 0; i < 50; i++, now += i * WEIR_NS_PER_MS) {
        const int64_t bytes = 1 + i * 997, foreseen = weir_link_foresee(&link, now, bytes);
        if (weir_link_send(&link, now, bytes, &left, &there))
            continue;
        FUZZ_HOLDS(left >= now && there >= left && left >= before && there == foreseen);
        FUZZ_HOLDS(weir_link_waiting_bytes(&link, now) >= 0);
        before = left;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_trace trace = {0};
    struct weir_error err = {0};
    int rc = weir_trace_parse("t.up", (const char *)data, size, &trace, &err);
    FUZZ_HOLDS(rc == 0 || (rc == WEIR_EINVAL && err.text[0]));
    if (!rc) {
        drive(&trace);
        weir_trace_done(&trace);
    }
    return 0;
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    static const char *const texts[] = {"2\n2\n5\n\t9 \r\n10",
                                        "0\n4\n10\n",
                                        "1\n",
                                        "86400000\n",
                                        "7\n7\n7\n",
                                        "0\n0\n1\n86400000",
                                        "1\n86399999\n86400000",
                                        "3\nx\n"};
    char name[] = "0";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++, name[0]++)
        give(arg, name, texts[i], strlen(texts[i]));
}
