/*
 * What was measured somewhere else: costs of a machine, and how well a model sees. What was
 * understood answers for any size, with numbers that make sense; costs print to what reads back.
 */
#include "fuzz.h"

#include <string.h>

#include "profile/profile.h"

static void ask_costs(const struct weir_costs *costs) {
    static const int sides[] = {1, 8, 97, 320, 640, 4000, 65535};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const int w = sides[i], h = w / 2 + 1;
        for (int k = 0; k < costs->infers; k++)
            FUZZ_HOLDS(weir_costs_infer_ns(costs, costs->infer[k].model, w, h, 1 + k) >= 0);
        FUZZ_HOLDS(weir_costs_reduce_ns(costs, 1280, 720, w, h) >= -1);
        for (int codec = 0; codec < WEIR_COSTS_CODECS; codec++) {
            const enum weir_costs_codec c = (enum weir_costs_codec)codec;
            FUZZ_HOLDS(weir_costs_encode_ns(costs, c, w, h, 50) >= -1);
            FUZZ_HOLDS(weir_costs_decode_ns(costs, c, w, h, 50) >= -1);
            FUZZ_HOLDS(weir_costs_bytes(costs, c, w, h, 50) >= -1);
        }
    }
}

static void as_costs(const char *path) {
    struct weir_costs first = {0}, second = {0};
    struct weir_buf one = {0}, two = {0};
    struct weir_error err = {0};
    int rc = weir_costs_read(path, &first, &err);
    FUZZ_HOLDS(!rc || (rc == err.code && err.text[0]));
    if (!rc) {
        ask_costs(&first);
        weir_costs_print(&first, &one);
        FUZZ_HOLDS(!weir_costs_read(fuzz_file("b.json", one.data, one.len), &second, &err));
        weir_costs_print(&second, &two);
        FUZZ_HOLDS(one.len == two.len && !memcmp(one.data, two.data, one.len));
    }
    weir_costs_done(&first);
    weir_costs_done(&second);
    weir_buf_done(&one);
    weir_buf_done(&two);
}

static void as_sight(const char *path) {
    struct weir_sight sight = {0};
    struct weir_error err = {0};
    int rc = weir_sight_read(path, &sight, &err);
    FUZZ_HOLDS(!rc || (rc == err.code && err.text[0]));
    for (int c = 0; !rc && c < sight.classes; c++) {
        FUZZ_HOLDS(weir_sight_class(&sight, sight.class_of[c].name) >= 0);
        for (double height = 0.1; height < 1e5; height *= 3) {
            double p = weir_sight_found(&sight, c, height);
            FUZZ_HOLDS(p >= 0 && p <= 1);
        }
    }
    weir_sight_done(&sight);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    as_costs(fuzz_file("a.json", data, size));
    as_sight(fuzz_file("a.json", data, size));
    return 0;
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    static const char sight[] =
        "{\"model\":\"m\",\"conf\":0.25,\"pictures\":20,\"bins\":[10,20,40,80],\"classes\":{"
        "\"car\":{\"truths\":[100000,100000,100000,100000],\"found\":[10000,50000,80000,90000],"
        "\"false_alarms\":[40,20,0,2]},\"bus\":{\"truths\":[0,20,2,0],\"found\":[0,10,2,0],"
        "\"false_alarms\":[0,0,8,0]}}}";
    struct weir_costs_infer infer[] = {{"street_n", 640, 352, 1, 9, 10},
                                       {"street_n", 320, 192, 1, 3, 3.5},
                                       {"street_n", 320, 192, 4, 10, 11}};
    struct weir_costs_reduce reduce[] = {{1280, 720, 640, 360, 0.5}, {1280, 720, 320, 180, 0.25}};
    struct weir_costs_code code[] = {{WEIR_COSTS_JPEG, 640, 360, 80, 0.7, 0.6, 45900, 45900},
                                     {WEIR_COSTS_H264, 640, 360, 23, 0.8, 0.2, 3800, 64000}};
    struct weir_costs costs = {.infer = infer,
                               .infers = 3,
                               .reduce = reduce,
                               .reduces = 2,
                               .code = code,
                               .codes = 2,
                               .machine = {"a machine", "6.1", "0.1.0", 2, "2025-01-02T03:04:05Z"}};
    struct weir_buf out = {0};
    weir_costs_sort(&costs);
    weir_costs_print(&costs, &out);
    give(arg, "costs", out.data, out.len);
    give(arg, "sight", sight, sizeof sight - 1);
    weir_buf_done(&out);
}
