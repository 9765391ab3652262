/*
 * weir bench as a user runs it: a small site with two cameras of a generated street, whose table is
 * recorded here. A machine that has much else to do may not keep up: a run is then invalid, and
 * what would be looked at is not there.
 */
#include "cli/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STREET "scene:seed=1,profile=rush,size=320x192,fps=5,seconds=2"

static const char site[] = "site: small\n"
                           "nodes:\n"
                           "  edge: { tier: edge, slowdown: 4 }\n"
                           "  sky: { tier: cloud, slots: 2 }\n"
                           "links:\n"
                           "  - { from: edge, to: sky, mbit_per_s: 20, rtt_ms: 30 }\n";

static const char scenario[] =
    "scenario: small\nsite: small.site.yaml\ntable: small.table\n"
    "sources: [ 'street=" STREET "', 'yard=yard.mp4' ]\n"
    "seconds: 1.2\nwarm_up_s: 0.2\nwindow_s: 1\nusers: [2]\n"
    "strategies: [ cloud-only, 'static:node=edge,model=street_n,width=320' ]\n"
    "cameras: { nodes: [edge], clips: [street], rate_fps: 5 }\n"
    "slo: { deadline_ms: 500, min_accuracy: 0.1 }\n"
    "reference: { model: street_n, width: 320 }\n";

static char models[4200];
static const char *const env[] = {models, NULL};

static int make_documents(void **state) {
    struct program p = {.env = env};
    make_dir(state);
    snprintf(models, sizeof models, "WEIR_MODELS=%s", test_source("models"));
    write_text("small.site.yaml", site);
    write_text("small.yaml", scenario);
    write_text("yard.mp4", "a source that no camera shows");
    if (PROGRAM(&p, "record", "street=" STREET, "--models", "street_n", "--widths", "160",
                "--codecs", "none,jpeg", "--quiet", "-o", test_path(dir, "small.table")))
        fail_msg("%s", weir_buf_str(&p.err));
    program_done(&p);
    return 0;
}

/* Runs it in the folder of the documents; returns the exit code. */
static int bench_list(struct program *p, const char *const *args) {
    *p = (struct program){.env = env, .cwd = dir};
    return program_run(p, args);
}
#define BENCH(p, ...)                                                                              \
    bench_list(p, (const char *const[]){"bench", "small.yaml", "--no-hindsight", "--quiet",        \
                                        __VA_ARGS__, NULL})

/* Skips where the machine was too busy. */
static void must_go(struct program *p, int code) {
    if (code == 1 && strstr(weir_buf_str(&p->err), "invalid: ")) {
        print_message("skipped, this machine has too much else to do: %s", weir_buf_str(&p->err));
        program_done(p);
        skip();
    }
    if (code)
        fail_msg("exit %d: %s", code, weir_buf_str(&p->err));
}

static void test_a_mosaic_shows_every_moment_of_the_run(void **state) {
    (void)state;
    struct program p, probe = {0};
    must_go(&p,
            BENCH(&p, "--dilation", "6", "--mosaic", "out.mp4", "--mosaic-strategy", "cloud-only"));
    program_says(&p.out, "cloud-only");
    TOOL(&probe, "ffprobe", "-v", "error", "-count_frames", "-show_entries",
         "stream=width,height,nb_read_frames", "-of", "csv=p=0", test_path(dir, "out.mp4"));
    assert_int_equal(probe.code, 0);
    program_says(&probe.out, "1280,720,"); /* both cameras show a frame each fifth of a second */
    program_says_not(&probe.out, ",0\n");
    program_done(&probe);
    program_done(&p);
}

static void test_an_invalid_run_is_made_once_more_where_that_is_wanted(void **state) {
    (void)state;
    struct program p;
    const int code = BENCH(&p, "--dilation", "6", "--strategies", "cloud-only", "--retry");
    const char *said = weir_buf_str(&p.err), *first = strstr(said, "invalid: ");
    if (first) { /* told, and made again; a second time it is the end */
        program_says(&p.err, "once more, with a clock 1.6 times as slow");
        assert_int_equal(code, strstr(first + 1, "invalid: ") ? 1 : 0);
    } else {
        assert_int_equal(code, 0);
        program_says_not(&p.err, "once more");
    }
    program_done(&p);
}

static void refused_list(const char *part, const char *const *args) {
    struct program p;
    assert_int_equal(bench_list(&p, args), 2);
    program_says(&p.err, part);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}
#define REFUSED(part, ...)                                                                         \
    refused_list(part, (const char *const[]){"bench", "small.yaml", __VA_ARGS__, NULL})

static void test_a_mosaic_that_cannot_be_is_refused_before_anything_runs(void **state) {
    (void)state;
    REFUSED("there is no folder nowhere/", "--mosaic", "nowhere/out.mp4");
    REFUSED("out.txt: no video format has that ending; use .mp4 or .mkv", "--mosaic", "out.txt");
    REFUSED("no video format has that ending", "--mosaic", "out");
    REFUSED("--mosaic-strategy needs --mosaic", "--mosaic-strategy", "weir");
    REFUSED("found 'weir', which is not among those that run; allowed: cloud-only, static:",
            "--mosaic", "out.mp4", "--mosaic-strategy", "weir");
    REFUSED("--mosaic and --report name the same file", "--mosaic", "out.mp4", "--report",
            "out.mp4");
    REFUSED("yard.mp4 is read, and would be overwritten", "--mosaic", "yard.mp4");
    REFUSED("found 65 cameras; allowed: up to 64", "--best-effort", "--mosaic", "out.mp4",
            "--users", "65");
    assert_int_equal(access(test_path(dir, "out.mp4"), F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mosaic_that_cannot_be_is_refused_before_anything_runs),
        cmocka_unit_test(test_a_mosaic_shows_every_moment_of_the_run),
        cmocka_unit_test(test_an_invalid_run_is_made_once_more_where_that_is_wanted),
    };
    return cmocka_run_group_tests(tests, make_documents, remove_dir);
}
