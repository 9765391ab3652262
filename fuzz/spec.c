/*
 * A document that somebody wrote: workflow, site, scenario, sidecar and catalogue each read the
 * same bytes. What was understood prints to a document that reads back to the same.
 */
#include "fuzz.h"

#include <string.h>

#include "spec/spec.h"

/* A failure has a code and words. */
static bool read_it(int rc, const struct weir_error *err) {
    FUZZ_HOLDS(!rc || (rc == err->code && err->text[0]));
    return !rc;
}

/* What was printed reads back, unless aliases and defaults made more of it than may be read. */
static bool reads_back(int rc, const struct weir_error *err) {
    FUZZ_HOLDS(!rc || strstr(err->text, "too many values") || strstr(err->text, "at most"));
    return !rc;
}

static bool same(const struct weir_buf *a, const struct weir_buf *b) {
    return !a->failed && !b->failed && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void as_workflow(const uint8_t *data, size_t size) {
    struct weir_workflow first, second;
    struct weir_buf one = {0}, two = {0};
    struct weir_error err = {0};
    FUZZ_HOLDS(!weir_workflow_init(&first) && !weir_workflow_init(&second));
    if (read_it(weir_workflow_load(&first, fuzz_file("a.yaml", data, size), &err), &err)) {
        weir_workflow_check(&first, NULL);
        weir_workflow_print(&first, &one);
        const char *path = fuzz_file("b.yaml", one.data, one.len);
        if (reads_back(weir_workflow_load(&second, path, &err), &err)) {
            weir_workflow_print(&second, &two);
            FUZZ_HOLDS(same(&one, &two));
        }
    }
    weir_workflow_done(&first);
    weir_workflow_done(&second);
    weir_buf_done(&one);
    weir_buf_done(&two);
}

static void look_at_site(const struct weir_site *site) {
    int links[64];
    size_t len;
    for (int from = 0; from < (int)site->node_len && from < 4; from++)
        for (int to = 0; to < (int)site->node_len && to < 4; to++)
            weir_site_route(site, from, to, links, 64, &len);
}

static void as_site(const char *text, size_t size) {
    struct weir_site first = {0}, second = {0};
    struct weir_buf one = {0}, two = {0};
    struct weir_error err = {0};
    if (read_it(weir_site_parse("site.yaml", text, size, &first, &err), &err)) {
        look_at_site(&first);
        weir_site_print(&first, &one);
        if (reads_back(weir_site_parse("site.yaml", one.data, one.len, &second, &err), &err)) {
            weir_site_print(&second, &two);
            FUZZ_HOLDS(same(&one, &two));
        }
    }
    weir_site_done(&first);
    weir_site_done(&second);
    weir_buf_done(&one);
    weir_buf_done(&two);
}

static void as_scenario(const char *text, size_t size) {
    struct weir_scenario first = {0}, second = {0};
    struct weir_buf one = {0}, two = {0};
    struct weir_error err = {0};
    if (read_it(weir_scenario_parse("a.yaml", text, size, &first, &err), &err)) {
        weir_scenario_print(&first, &one);
        if (reads_back(weir_scenario_parse("a.yaml", one.data, one.len, &second, &err), &err)) {
            weir_scenario_print(&second, &two);
            FUZZ_HOLDS(same(&one, &two));
        }
    }
    weir_scenario_done(&first);
    weir_scenario_done(&second);
    weir_buf_done(&one);
    weir_buf_done(&two);
}

static void as_others(const char *path) {
    struct weir_sidecar sidecar = {0};
    struct weir_catalog catalog = {0};
    struct weir_error err = {0};
    if (read_it(weir_sidecar_load(path, &sidecar, &err), &err))
        weir_sidecar_done(&sidecar);
    err = (struct weir_error){0};
    if (read_it(weir_catalog_load(path, &catalog, &err), &err))
        weir_catalog_done(&catalog);
    weir_site_seems(path);
    weir_scenario_seems(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    as_workflow(data, size);
    as_site((const char *)data, size);
    as_scenario((const char *)data, size);
    as_others(fuzz_file("a.yaml", data, size));
    return 0;
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    static const char *const kinds[] = {"workflow", "site", "scenario"};
    static const char sidecar[] = "head: yolov8\nlayout: nchw\ncolor: rgb\nresize: letterbox\n"
                                  "pad: 114\nmean: [123.7, 116.3, 103.5]\nstd: [58.4, 57.1, 57.4]\n"
                                  "classes: [person, car]\nsize: 640x384\nstride: 32\n";
    static const char tricks[] = "a: &a [x, y]\nb: *a\n? {q: 1}\n: 2\nc: !!str |\n  x\nd: >-\n y\n"
                                 "<<: {z: ~}\n'e': \"\\u00e9\"\n--- \n...\n";
    static const char numbers[] =
        "nodes: {a: {tier: .nan, slots: 0x10, slowdown: 1e308}, b: {tier: ~, each_ms: -0}}\n"
        "links: [{from: a, to: b, mbit_per_s: .inf, rtt_ms: 1e-320, loss: 0.90, queue_kb: 1_0}]\n"
        "events: [{at_s: 1e7, link: a-b, mbit_per_s: 0}, {at_s: 1e7, node: b, down_s: 0.001}]\n";
    static const char small_scenario[] =
        "scenario: s\nsite: ./~/a\ntable: /t\nseconds: 99999\nusers: 3\nskip: 10\nwidths: 640\n"
        "cameras: {nodes: [a], clips: b, rate_fps: 0.1}\nslo: {deadline_ms: 1e3, min_accuracy: 1}\n"
        "variants: {v: {come: [{user: 2, from_s: 0, to_s: 1e-9}], cuts: []}, w: ~}\n";
    static const char small_workflow[] =
        "streams: {a: \"rtsp://u:p@[::1]/x?y#z\", b: {source: '~/x', live: yes}}\n"
        "detect: {models: m, size: 65535x1, conf: 1.0000000000000002, classes: ['', \"\\t\"]}\n"
        "sinks: [null, {ndjson: .}, {mosaic: a.mp4}]\n";
    static const char *const files[] = {"models/catalog.yaml", "bench/paper.yaml",
                                        "bench/paper.site.yaml", "bench/fault.site.yaml",
                                        "bench/fault.yaml"};
    for (size_t i = 0; i < 3; i++) {
        struct weir_buf out = {0};
        FUZZ_HOLDS(!weir_example_print(kinds[i], &out, NULL));
        give(arg, kinds[i], out.data, out.len);
        weir_buf_done(&out);
    }
    give(arg, "sidecar", sidecar, sizeof sidecar - 1);
    give(arg, "tricks", tricks, sizeof tricks - 1);
    give(arg, "numbers", numbers, sizeof numbers - 1);
    give(arg, "small_scenario", small_scenario, sizeof small_scenario - 1);
    give(arg, "small_workflow", small_workflow, sizeof small_workflow - 1);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        fuzz_give_file(give, arg, files[i]);
}
