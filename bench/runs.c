#include "runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set(struct weir_workflow *wf, const char *key, const char *value) {
    struct weir_error err = {0};
    bench_require(weir_option_set(weir_option_by_key(key), &wf->set, value, &err) == 0, err.text);
}

struct weir_workflow bench_workflow(const char *video, int streams, const char *model,
                                    const char *size, bool live, int64_t frames) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    bench_require(weir_workflow_init(&wf) == 0, "out of memory");
    for (int i = 0; i < streams; i++)
        bench_require(weir_workflow_add_stream(&wf, NULL, video, live, &err) == 0, err.text);
    set(&wf, "detect.models", model);
    set(&wf, "detect.size", size);
    set(&wf, "detect.threads", "2");
    set(&wf, "track.enabled", "false");
    wf.set.run.max_frames = frames;
    return wf;
}

struct weir_report bench_go(const struct weir_workflow *wf, const char *model,
                            void (*on_tick)(struct weir_run *run, void *arg), void *arg) {
    struct weir_run_conf conf = {.workflow = wf, .model_path = &model};
    struct weir_report report;
    struct weir_error err = {0};
    struct weir_run *run;
    bench_require(weir_run_new(&conf, &run, &err) == 0, err.text);
    bench_require(weir_run_start(run, &err) == 0, err.text);
    while (weir_run_wait(run, (on_tick ? 20 : 1000) * WEIR_NS_PER_MS) == WEIR_EAGAIN)
        if (on_tick)
            on_tick(run, arg);
    bench_require(weir_run_report(run, &report, &err) == 0, err.text);
    bench_require(!weir_report_failed(&report), "a stream of the run failed");
    weir_run_free(run);
    return report;
}

void bench_shell(const char *fmt, ...) {
    char command[8192];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    bench_require(system(command) == 0, command);
}

static char scratch[64];

const char *bench_scratch(void) {
    if (!*scratch) {
        strcpy(scratch, "/tmp/weir-bench-XXXXXX");
        bench_require(mkdtemp(scratch) != NULL, "no scratch folder");
    }
    return scratch;
}

void bench_scratch_remove(void) {
    if (*scratch)
        bench_shell("rm -rf '%s'", scratch);
    *scratch = '\0';
}
