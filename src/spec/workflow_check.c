/*
 * What no key of a workflow tells by itself, and what follows from several. A complaint about a key
 * that a file set names the file and the line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "spec/settings.h"
#include "spec/workflow.h"

/* A folder to put one file a stream into, or one file? */
static bool looks_like_file(const char *path) {
    struct stat st;
    if (!*path || path[strlen(path) - 1] == '/')
        return false;
    if (!stat(path, &st))
        return !S_ISDIR(st.st_mode);
    return strchr(weir_path_base(path), '.') != NULL;
}

/* ---- what no key tells by itself ----------------------------------------- */

/* The line of a key that the file set, and the file beside it; without, neither. */
static int place(const struct weir_workflow *wf, const char *key, struct spec_reader *reader) {
    const struct weir_option *opt = weir_option_by_key(key);
    int line = opt && wf->file ? wf->set.line[weir_option_index(opt)] : 0;
    reader->file = line ? wf->file : NULL;
    return line;
}

bool weir_workflow_chooses(const struct weir_workflow *wf) {
    return wf->set.slo.deadline_ms >= 0 || strcmp(wf->set.strategy, "auto") != 0;
}

const char *weir_workflow_strategy(const struct weir_workflow *wf) {
    return strcmp(wf->set.strategy, "auto") != 0 ? wf->set.strategy : "weir";
}

double weir_workflow_floor(const struct weir_workflow *wf) {
    return wf->set.slo.min_accuracy < 0 ? 0.85 : wf->set.slo.min_accuracy;
}

int weir_workflow_complain(const struct weir_workflow *wf, const char *key, struct weir_error *err,
                           const char *fmt, ...) {
    struct spec_reader reader;
    struct weir_error mine = {0};
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    spec_reader_init(&reader, NULL);
    spec_complain(&reader, place(wf, key, &reader), key, "%s", text);
    int rc = spec_reader_end(&reader, &mine);
    const struct weir_error before = err ? *err : (struct weir_error){0};
    return weir_fail(err, rc, "%s%s%s", before.text, before.code ? "\n" : "", mine.text);
}

static void print_models(const struct weir_strings *models, struct weir_buf *out) {
    for (size_t i = 0; i < models->len && i < 8; i++) {
        weir_buf_puts(out, i ? ", " : "");
        spec_quote(out, models->item[i]);
    }
    weir_buf_puts(out, models->len > 8 ? ", …" : "");
}

static void check_models(const struct weir_workflow *wf, struct spec_reader *reader) {
    const struct weir_strings *models = &wf->set.detect.models;
    struct weir_buf names = {0};
    const int line = place(wf, "detect.models", reader);
    print_models(models, &names);
    if (!models->len)
        spec_complain(reader, line, "detect.models",
                      "found none; allowed: at least one, given with --model NAME or as "
                      "`detect: { models: [NAME] }`");
    else if (models->len > 1 && !weir_workflow_chooses(wf))
        spec_complain(
            reader, line, "detect.models",
            "found %zu (%s) and nothing that chooses among them; allowed: exactly one, or "
            "several beside slo.deadline_ms or strategy",
            models->len, weir_buf_str(&names));
    else if (models->len > WEIR_MODELS_MAX)
        spec_complain(reader, line, "detect.models", "found %zu (%s); allowed: at most %d",
                      models->len, weir_buf_str(&names), WEIR_MODELS_MAX);
    for (size_t i = 0; i < models->len; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(models->item[i], models->item[k])) {
                struct weir_buf name = {0};
                spec_quote(&name, models->item[i]);
                spec_complain(reader, line, "detect.models",
                              "found %s a second time; allowed: once", weir_buf_str(&name));
                weir_buf_done(&name);
                break;
            }
    weir_buf_done(&names);
}

static void check_reference(const struct weir_workflow *wf, struct spec_reader *reader) {
    const struct weir_strings *models = &wf->set.detect.models;
    const char *reference = wf->set.detect.reference;
    struct weir_buf text = {0}, names = {0};
    bool among = !strcmp(reference, "auto") && models->len < 2;
    for (size_t i = 0; i < models->len; i++)
        among |= !strcmp(reference, models->item[i]);
    if (!among && models->len) {
        const char *meant =
            weir_spec_nearest(reference, (const char *const *)models->item, models->len);
        print_models(models, &names);
        if (strcmp(reference, "auto"))
            spec_quote(&text, reference);
        spec_complain(reader, place(wf, "detect.reference", reader), "detect.reference",
                      "found %s; allowed: one of detect.models, %s%s%s%s",
                      text.len ? weir_buf_str(&text) : "none for several models",
                      weir_buf_str(&names), meant ? " (did you mean " : "", meant ? meant : "",
                      meant ? "?)" : "");
    }
    weir_buf_done(&text);
    weir_buf_done(&names);
}

static void check_widths(const struct weir_workflow *wf, struct spec_reader *reader) {
    const struct weir_ints *widths = &wf->set.detect.widths;
    const int line = place(wf, "detect.widths", reader);
    if (widths->len && !weir_workflow_chooses(wf))
        spec_complain(reader, line, "detect.widths",
                      "found %zu and nothing that chooses among them; allowed: beside "
                      "slo.deadline_ms or strategy; detect.size is one size for all frames",
                      widths->len);
    else if (widths->len > WEIR_WIDTHS_MAX)
        spec_complain(reader, line, "detect.widths", "found %zu; allowed: at most %d", widths->len,
                      WEIR_WIDTHS_MAX);
    for (size_t i = 0; i < widths->len; i++)
        for (size_t k = 0; k < i; k++)
            if (widths->item[i] == widths->item[k]) {
                spec_complain(reader, line, "detect.widths",
                              "found %d a second time; allowed: once", widths->item[i]);
                break;
            }
    if (wf->set.detect.size.width && weir_workflow_chooses(wf))
        spec_complain(reader, place(wf, "detect.size", reader), "detect.size",
                      "found %dx%d beside a strategy, which chooses widths; allowed: detect.widths",
                      wf->set.detect.size.width, wf->set.detect.size.height);
}

static void check_slo(const struct weir_workflow *wf, struct spec_reader *reader) {
    if (wf->set.slo.min_accuracy >= 0 && wf->set.slo.deadline_ms < 0)
        spec_complain(reader, place(wf, "slo.min_accuracy", reader), "slo.min_accuracy",
                      "found %g without a deadline; allowed: beside slo.deadline_ms",
                      wf->set.slo.min_accuracy);
}

static void check_settings(const struct weir_workflow *wf, struct spec_reader *reader) {
    const struct weir_settings *set = &wf->set;
    int threads = set->detect.threads, workers = set->detect.workers;
    if (threads && workers > threads)
        spec_complain(reader, place(wf, "detect.workers", reader), "detect.workers",
                      "found %d; allowed: at most detect.threads, %d", workers, threads);
    else if (threads && workers && threads % workers)
        spec_complain(reader, place(wf, "detect.threads", reader), "detect.threads",
                      "found %d; allowed: a multiple of detect.workers, %d", threads, workers);
    if (set->source.reconnect_min_s > set->source.reconnect_max_s)
        spec_complain(reader, place(wf, "source.reconnect_min_s", reader), "source.reconnect_min_s",
                      "found %g; allowed: at most source.reconnect_max_s, %g",
                      set->source.reconnect_min_s, set->source.reconnect_max_s);
    if (set->track.low > set->track.high)
        spec_complain(reader, place(wf, "track.low", reader), "track.low",
                      "found %g; allowed: at most track.high, %g", set->track.low, set->track.high);
}

static void check_streams(const struct weir_workflow *wf, struct spec_reader *reader) {
    int inputs = 0;
    for (size_t i = 0; i < wf->stream_len; i++)
        inputs += !strcmp(wf->stream[i].source, "-");
    if (!wf->stream_len)
        spec_complain(reader, 0, "streams",
                      "found none; allowed: at least one, given as SOURCE or as "
                      "`streams: { NAME: SOURCE }`");
    if (inputs > 1)
        spec_complain(reader, 0, "streams", "found standard input (-) %d times; allowed: once",
                      inputs);
}

static bool is_one_video(const struct weir_sink_spec *sink) {
    return (!strcmp(sink->kind, "annotate") && looks_like_file(sink->path)) ||
           !strcmp(sink->kind, "mosaic");
}

static void check_sinks(const struct weir_workflow *wf, struct spec_reader *reader) {
    for (size_t i = 0; i < wf->sink_len; i++) {
        const struct weir_sink_spec *sink = &wf->sink[i];
        if (!strcmp(sink->kind, "annotate") && wf->stream_len > 1 && looks_like_file(sink->path)) {
            struct weir_buf path = {0};
            spec_quote(&path, sink->path);
            spec_complain(reader, 0, "sinks.annotate",
                          "found the file %s for %zu streams; allowed: a folder (end it with /), "
                          "which gets one file a stream",
                          weir_buf_str(&path), wf->stream_len);
            weir_buf_done(&path);
        }
        for (size_t j = 0; j < i; j++)
            if (!strcmp(sink->kind, wf->sink[j].kind) &&
                (!sink->path || !strcmp(sink->path, wf->sink[j].path))) {
                spec_complain(reader, 0, "sinks", "found %s twice in the same place; allowed: once",
                              sink->kind);
                break;
            } else if (is_one_video(sink) && is_one_video(&wf->sink[j]) &&
                       !strcmp(sink->path, wf->sink[j].path)) {
                spec_complain(reader, 0, "sinks",
                              "found %s and %s with the same file; allowed: a file each",
                              wf->sink[j].kind, sink->kind);
                break;
            }
    }
}

int weir_workflow_check(const struct weir_workflow *wf, struct weir_error *err) {
    struct spec_reader reader;
    spec_reader_init(&reader, NULL);
    check_streams(wf, &reader);
    check_models(wf, &reader);
    check_reference(wf, &reader);
    check_widths(wf, &reader);
    check_slo(wf, &reader);
    check_settings(wf, &reader);
    reader.file = NULL;
    check_sinks(wf, &reader);
    return spec_reader_end(&reader, err);
}
