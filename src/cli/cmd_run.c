/*
 * weir run: builds the workflow (defaults, then file, then environment, then
 * flags), runs it, shows progress, prints the summary. The summary goes to standard
 * output, everything else to standard error.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "model/model.h"
#include "profile/profile.h"
#include "run/run.h"

enum { TICK_MS = 100, BAR_CELLS = 24 };

static const char *const formats[] = {"ndjson", "coco", "mot", "digest"};
enum { FORMATS = sizeof formats / sizeof *formats };

struct args {
    const char *out, *formats, *annotate, *mosaic;
    bool json, quiet;
};

static const struct cli_flag flag_rows[] = {
    {"--out", "DIR", "write results into this folder", CLI_AT(out)},
    {"--formats", "A,B,…", "what --out writes: ndjson, coco, mot, digest [ndjson,coco,mot]",
     CLI_AT(formats)},
    {"--annotate", "FILE", "write an annotated video (a folder where there are several streams)",
     CLI_AT(annotate)},
    {"--mosaic", "FILE", "write one annotated video of all streams, side by side", CLI_AT(mosaic)},
    {"--json", NULL, "print the summary as JSON", CLI_AT(json)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* ---- the workflow -------------------------------------------------------- */

static bool is_workflow(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

/* Documents of other kinds end as a workflow's do. */
static int check_kind(const char *path, struct weir_error *err) {
    if (weir_workflow_seems(path))
        return 0;
    if (weir_scenario_seems(path))
        return weir_fail(err, WEIR_EINVAL,
                         "%s is a scenario, which weir sim runs; needed: a workflow; weir config "
                         "--example workflow prints one",
                         path);
    if (weir_site_seems(path))
        return weir_fail(err, WEIR_EINVAL,
                         "%s is a site, which a scenario names (site: %s) and weir sim runs; "
                         "needed: a workflow; weir config --example workflow prints one",
                         path, weir_path_base(path));
    return 0;
}

static int add_formats(struct weir_workflow *wf, const struct args *a, struct weir_error *err) {
    char *list = strdup(a->formats ? a->formats : "ndjson,coco,mot");
    char *rest = list, *word;
    int rc = list ? 0 : WEIR_ENOMEM;

    while (!rc && (word = strsep(&rest, ","))) {
        bool known = false;
        for (int i = 0; i < FORMATS; i++)
            known |= !strcmp(word, formats[i]);
        rc = known ? weir_workflow_add_sink(wf, word, a->out, err)
                   : weir_fail(err, WEIR_EINVAL,
                               "--formats: found '%s'; allowed: ndjson, coco, mot, digest", word);
    }
    free(list);
    return rc;
}

static int add_sinks(struct weir_workflow *wf, const struct args *a, struct weir_error *err) {
    int rc = 0;
    if (a->formats && !a->out)
        return weir_fail(err, WEIR_EINVAL, "--formats needs --out DIR");
    if (a->out)
        rc = add_formats(wf, a, err);
    if (!rc && a->annotate)
        rc = weir_workflow_add_sink(wf, "annotate", a->annotate, err);
    if (!rc && a->mosaic)
        rc = weir_workflow_add_sink(wf, "mosaic", a->mosaic, err);
    return rc;
}

/* The flags are read twice: first to find the workflow file among the arguments,
 * then, over what the file says, for good. */
static int build(struct weir_workflow *wf, struct args *a, int argc, char **argv,
                 struct weir_error *err) {
    size_t len;
    char **args, **copy = malloc(((size_t)argc + 1) * sizeof *copy);
    int rc;

    if (!copy)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    memcpy(copy, argv, ((size_t)argc + 1) * sizeof *copy);
    rc = cli_parse(&cmd_run, a, &wf->set, argc, copy, &args, &len, err);
    if (!rc && len == 1 && is_workflow(args[0])) {
        weir_workflow_done(wf);
        if ((rc = weir_workflow_init(wf)) || (rc = check_kind(args[0], err)) ||
            (rc = weir_workflow_load(wf, args[0], err)))
            goto done;
        len = 0;
    } else if (!rc) {
        weir_workflow_done(wf);
        rc = weir_workflow_init(wf);
    }
    if (rc || (rc = weir_workflow_env(wf, err)))
        goto done;
    for (size_t i = 0; i < len && !rc; i++)
        rc = weir_workflow_add_stream(wf, NULL, args[i], false, err);
    if (!rc)
        rc = cli_parse(&cmd_run, a, &wf->set, argc, argv, &args, &len, err);
    if (!rc)
        rc = add_sinks(wf, a, err);
    if (!rc)
        rc = weir_run_check(wf, err);
done:
    free(copy);
    return rc;
}

int cli_find_models(const struct weir_workflow *wf, char *ret_path[static WEIR_MODELS_MAX],
                    struct weir_error *err) {
    int rc = 0;
    for (size_t i = 0; i < wf->set.detect.models.len && !rc; i++)
        rc = weir_model_find(wf->set.detect.models.item[i], &ret_path[i], err);
    return rc;
}

void cli_free_models(char *path[static WEIR_MODELS_MAX]) {
    for (int i = 0; i < WEIR_MODELS_MAX; i++)
        free(path[i]);
}

/* ---- progress ------------------------------------------------------------ */

struct view {
    struct cli_progress progress;
    pthread_mutex_t lock; /* events come from any thread */
};

static void on_event(void *arg, const char *stream, const char *text) {
    struct view *view = arg;
    pthread_mutex_lock(&view->lock);
    cli_progress_clear(&view->progress);
    fprintf(stderr, "weir: %s%s%s\n", stream ? stream : "", stream ? ": " : "", text);
    pthread_mutex_unlock(&view->lock);
}

struct stopper {
    struct view *view;
    struct weir_run *run;
};

static void on_interrupt(void *arg) {
    struct stopper *stopper = arg;
    struct view *view = stopper->view;
    weir_run_stop(stopper->run);
    pthread_mutex_lock(&view->lock);
    cli_progress_clear(&view->progress);
    fputs("weir: finishing (again to abort)\n", stderr);
    pthread_mutex_unlock(&view->lock);
}

/* What a stream will give: its source, or as much of it as is wanted. -1: unknown. */
static int64_t expected(const struct weir_snapshot *s, int64_t max_frames) {
    if (s->ended)
        return weir_counts_out(&s->counts);
    if (max_frames && (s->frames_total < 0 || s->frames_total > max_frames))
        return max_frames;
    return s->frames_total;
}

/* frames, fps over the run so far, age of the newest result, time left */
static void progress_line(struct weir_run *run, const struct weir_workflow *wf, double elapsed_s,
                          struct weir_buf *line) {
    const size_t streams = wf->stream_len;
    int64_t out = 0, results = 0, total = 0, newest_ns = -1;
    size_t ended = 0;

    for (size_t i = 0; i < streams; i++) {
        struct weir_snapshot s;
        weir_run_snapshot(run, i, &s);
        out += weir_counts_out(&s.counts);
        results += weir_counts_results(&s.counts);
        if (s.counts.last_latency_ns > newest_ns)
            newest_ns = s.counts.last_latency_ns;
        int64_t frames = expected(&s, wf->set.run.max_frames);
        total = frames < 0 || total < 0 ? -1 : total + frames;
        ended += s.ended;
    }
    double fps = elapsed_s > 0 ? (double)results / elapsed_s : 0;
    double rate = elapsed_s > 0 ? (double)out / elapsed_s : 0;
    if (total > 0) {
        double share = out < total ? (double)out / (double)total : 1;
        cli_progress_bar(line, share, BAR_CELLS);
        weir_buf_printf(line, " %3.0f%% ", share * 100);
    }
    weir_buf_printf(line, "%lld frames  %.1f fps", (long long)out, fps);
    if (newest_ns >= 0)
        weir_buf_printf(line, "  age %.0f ms", (double)newest_ns / (double)WEIR_NS_PER_MS);
    if (streams > 1)
        weir_buf_printf(line, "  %zu of %zu streams", streams - ended, streams);
    if (total > 0 && rate > 0) {
        weir_buf_puts(line, "  ETA ");
        cli_print_duration(line, out < total ? (double)(total - out) / rate : 0);
    }
}

static void watch(struct weir_run *run, const struct weir_workflow *wf, struct view *view,
                  bool quiet) {
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_buf line = {0};
    const int64_t begin = clock ? weir_clock_now(clock) : 0;

    while (weir_run_wait(run, TICK_MS * WEIR_NS_PER_MS) == WEIR_EAGAIN) {
        int64_t now = clock ? weir_clock_now(clock) : 0;
        if (quiet || !clock || !cli_progress_due(&view->progress, now))
            continue;
        weir_buf_reset(&line);
        progress_line(run, wf, (double)(now - begin) / (double)WEIR_NS_PER_S, &line);
        pthread_mutex_lock(&view->lock);
        cli_progress_show(&view->progress, now, weir_buf_str(&line));
        pthread_mutex_unlock(&view->lock);
    }
    pthread_mutex_lock(&view->lock);
    cli_progress_clear(&view->progress);
    pthread_mutex_unlock(&view->lock);
    weir_buf_done(&line);
    weir_clock_free(clock);
}

/* ---- the run ------------------------------------------------------------- */

static int print_report(const struct weir_report *report, bool json) {
    struct weir_buf text = {0};
    if (json)
        weir_report_json(report, &text);
    else
        weir_report_text(report, &text);
    struct weir_error err = {0};
    int rc = cli_print(&text, &err);
    if (rc)
        weir_fail_at(&err, rc, "the summary: ");
    weir_buf_done(&text);
    return rc ? cli_failed(&err) : CLI_DONE;
}

static int execute(const struct weir_workflow *wf, const char *const *model_path,
                   const char *profile_path, const struct args *a) {
    struct view view = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct weir_run_conf conf = {.workflow = wf,
                                 .model_path = model_path,
                                 .event = on_event,
                                 .event_arg = &view,
                                 .profile_path = profile_path};
    struct weir_report report = {0};
    struct cli_interrupt interrupt;
    struct weir_error err = {0};
    struct weir_run *run = NULL;
    int code = CLI_FAILED;

    cli_progress_init(&view.progress, stderr);
    if (cli_interrupt_start(&interrupt, NULL, NULL)) {
        weir_fail(&err, WEIR_ENOMEM, "no thread can be started");
        return cli_failed(&err);
    }
    if (weir_run_new(&conf, &run, &err)) {
        cli_interrupt_end(&interrupt);
        return cli_failed(&err);
    }
    struct stopper stopper = {&view, run};
    cli_interrupt_handle(&interrupt, on_interrupt, &stopper);
    if (weir_run_start(run, &err))
        cli_failed(&err);
    watch(run, wf, &view, a->quiet);

    struct weir_error broken = {0};
    int rc = weir_run_report(run, &report, &broken);
    if (rc)
        cli_failed(&broken);
    if (report.stream && !report.total.frames_in && weir_report_failed(&report) && !a->json) {
        code = CLI_FAILED; /* why was told already, and there is nothing to sum up */
    } else if (report.stream) {
        code = print_report(&report, a->json);
        if (rc || err.code || weir_report_failed(&report))
            code = CLI_FAILED;
    }
    weir_report_done(&report);
    cli_interrupt_end(&interrupt);
    weir_run_free(run);
    return code;
}

static int run_command(int argc, char **argv) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct args a = {0};
    char *model_path[WEIR_MODELS_MAX] = {NULL}, *profile_path = NULL;
    int code;

    if (weir_workflow_init(&wf)) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    if (build(&wf, &a, argc, argv, &err))
        code = cli_misused(&cmd_run, &err);
    else if (cli_find_models(&wf, model_path, &err))
        code = cli_failed(&err);
    else if (weir_costs_path(&profile_path, &err) == WEIR_ENOMEM)
        code = cli_failed(&err);
    else
        code = execute(&wf, (const char *const *)model_path, profile_path, &a);
    free(profile_path);
    cli_free_models(model_path);
    weir_workflow_done(&wf);
    return code;
}

static const char *const settings[] = {"source", "detect",   "slo", "strategy",
                                       "track",  "annotate", "run", NULL};

const struct cli_command cmd_run = {
    .name = "run",
    .usage = "SOURCE... --model M [options]\nFILE.yaml [options]",
    .summary = "detect and track objects in video",
    .run = run_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "A SOURCE is a file, an rtsp:// or http(s):// URL, a device (/dev/video0), a folder or\n"
        "glob of images, or - for MJPEG on standard input. A file is read whole, every frame;\n"
        "with --live it behaves like a camera: only the newest frame counts.\n"
        "Where weir profile has made a profile of this machine, inferences are held against it: a\n"
        "time that is no longer true is told, and what was measured is folded into it at the end\n"
        "(--no-profile-update leaves it as it is).\n"
        "Ctrl-C finishes with a complete summary; twice aborts.\n",
};
