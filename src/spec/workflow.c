/*
 * The workflow as an object: defaults, streams, sinks, the environment over
 * them, and the checks that need more than one key. Reading the file is
 * workflow_file.c's business. One thread; every string is the workflow's own.
 */
#include "spec/workflow.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spec/settings.h"

static const struct {
    const char *kind;
    bool path;
} sinks[] = {
    {"ndjson", true}, {"coco", true},   {"mot", true},   {"annotate", true},
    {"mosaic", true}, {"digest", true}, {"null", false},
};

int weir_workflow_init(struct weir_workflow *wf) {
    *wf = (struct weir_workflow){0};
    return spec_settings_init(&wf->set, NULL);
}

void weir_workflow_done(struct weir_workflow *wf) {
    if (!wf)
        return;
    for (size_t i = 0; i < wf->stream_len; i++) {
        free(wf->stream[i].name);
        free(wf->stream[i].source);
    }
    for (size_t i = 0; i < wf->sink_len; i++) {
        free(wf->sink[i].kind);
        free(wf->sink[i].path);
    }
    free(wf->stream);
    free(wf->sink);
    free(wf->file);
    spec_settings_done(&wf->set);
    *wf = (struct weir_workflow){0};
}

static bool name_used(const struct weir_workflow *wf, const char *name) {
    for (size_t i = 0; i < wf->stream_len; i++)
        if (!strcmp(wf->stream[i].name, name))
            return true;
    return false;
}

/* Copies what may stand in a name; runs of anything else become one "_". */
static void clean_name(const char *text, size_t len, char *ret_name, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < len && n + 1 < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool good = c < 0x80 && (isalnum(c) || c == '_' || c == '-' || c == '.');
        if (good && !(n == 0 && (c == '.' || c == '-')))
            ret_name[n++] = (char)c;
        else if (!good && n && ret_name[n - 1] != '_')
            ret_name[n++] = '_';
    }
    while (n && (ret_name[n - 1] == '_' || ret_name[n - 1] == '.'))
        n--;
    ret_name[n] = 0;
}

/*
 * "yard.mp4": yard; "rtsp://user:secret@10.0.0.7/main?x=1": main (never the
 * secret); a glob: its folder; "-": stdin; "scene:seed=7": scene.
 */
static void derive_name(const char *source, char *ret_name, size_t size) {
    const char *scheme = strstr(source, "://");
    size_t len = strlen(source);
    if (!strcmp(source, "-")) {
        snprintf(ret_name, size, "stdin");
        return;
    }
    if (!strncmp(source, "scene:", 6)) {
        snprintf(ret_name, size, "scene");
        return;
    }
    if (scheme) {
        source = scheme + 3;
        len = strcspn(source, "?#");
        const char *host = source, *at = memchr(host, '@', strcspn(host, "/?#"));
        if (at) {
            len -= (size_t)(at + 1 - source);
            source = at + 1;
        }
    }
    *ret_name = 0;
    while (len && !*ret_name) {
        while (len && source[len - 1] == '/')
            len--;
        size_t start = len;
        while (start && source[start - 1] != '/')
            start--;
        size_t end = len;
        bool host = scheme && !start;
        for (size_t dot = start + 1; dot < len && !host; dot++)
            if (source[dot] == '.')
                end = dot;
        bool glob =
            memchr(source + start, '*', len - start) || memchr(source + start, '?', len - start);
        if (!glob)
            clean_name(source + start, end - start, ret_name, size);
        len = start;
    }
    if (!*ret_name)
        snprintf(ret_name, size, "stream");
}

static void unique_name(const struct weir_workflow *wf, const char *source, char *ret_name,
                        size_t size) {
    char stem[80];
    derive_name(source, stem, sizeof stem);
    snprintf(ret_name, size, "%s", stem);
    for (int n = 2; name_used(wf, ret_name); n++)
        snprintf(ret_name, size, "%s-%d", stem, n);
}

int weir_workflow_add_stream(struct weir_workflow *wf, const char *name, const char *source,
                             bool live, struct weir_error *err) {
    char derived[100];
    struct weir_buf quoted = {0};
    if (!*source)
        return weir_fail(err, WEIR_EINVAL,
                         "source: found nothing; allowed: a file, URL, device, folder or glob, a "
                         "scene:…, or - for standard input");
    if (!name) {
        unique_name(wf, source, derived, sizeof derived);
        name = derived;
    }
    spec_quote(&quoted, name);
    int rc = 0;
    if (!spec_name_ok(name))
        rc = weir_fail(err, WEIR_EINVAL, "stream: found the name %s; allowed: %s",
                       weir_buf_str(&quoted), SPEC_NAME_ALLOWED);
    else if (name_used(wf, name))
        rc = weir_fail(err, WEIR_EINVAL,
                       "stream: found the name %s a second time; allowed: one stream a name",
                       weir_buf_str(&quoted));
    weir_buf_done(&quoted);
    if (rc)
        return rc;

    struct weir_stream_spec *streams = realloc(wf->stream, (wf->stream_len + 1) * sizeof *streams);
    if (!streams)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    wf->stream = streams;
    struct weir_stream_spec stream = {strdup(name), strdup(source), live};
    if (!stream.name || !stream.source) {
        free(stream.name);
        free(stream.source);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    wf->stream[wf->stream_len++] = stream;
    return 0;
}

static int check_sink(const char *kind, const char *path, struct weir_error *err) {
    enum { KINDS = sizeof sinks / sizeof *sinks };
    const char *kinds[KINDS + 1] = {NULL};
    int found = -1;
    for (int i = 0; i < KINDS; i++) {
        kinds[i] = sinks[i].kind;
        if (!strcmp(kind, kinds[i]))
            found = i;
    }
    struct weir_buf text = {0};
    if (found < 0) {
        const char *meant = weir_spec_nearest(kind, kinds, KINDS);
        weir_buf_puts(&text, "found ");
        spec_quote(&text, kind);
        weir_buf_puts(&text, "; allowed: ");
        spec_print_choices(&text, kinds);
        if (meant)
            weir_buf_printf(&text, " (did you mean %s?)", meant);
    } else if (sinks[found].path && (!path || !*path)) {
        weir_buf_printf(&text, "found %s without a path; allowed: %s: PATH", kind, kind);
    } else if (!sinks[found].path && path) {
        weir_buf_printf(&text, "found a path for %s; allowed: %s alone", kind, kind);
    }
    int rc = text.failed ? WEIR_ENOMEM : text.len ? WEIR_EINVAL : 0;
    if (rc)
        weir_fail(err, rc, "sinks: %s", weir_buf_str(&text));
    weir_buf_done(&text);
    return rc;
}

int weir_workflow_add_sink(struct weir_workflow *wf, const char *kind, const char *path,
                           struct weir_error *err) {
    int rc = check_sink(kind, path, err);
    if (rc)
        return rc;
    struct weir_sink_spec *more = realloc(wf->sink, (wf->sink_len + 1) * sizeof *more);
    if (!more)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    wf->sink = more;
    struct weir_sink_spec sink = {strdup(kind), path ? strdup(path) : NULL};
    if (!sink.kind || (path && !sink.path)) {
        free(sink.kind);
        free(sink.path);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    wf->sink[wf->sink_len++] = sink;
    return 0;
}

/* "detect.conf": "WEIR_DETECT_CONF" */
static void variable(const char *key, char *ret_name, size_t size) {
    int len = snprintf(ret_name, size, "WEIR_%s", key);
    for (int i = 0; i < len && (size_t)i + 1 < size; i++)
        ret_name[i] = ret_name[i] == '.' ? '_' : (char)toupper((unsigned char)ret_name[i]);
}

/*
 * A variable that no option has but whose name is nearly one's is a mistake
 * that must not pass in silence; any other WEIR_ variable (WEIR_MODELS,
 * WEIR_CATALOG, WEIR_DATA, somebody else's) is none of our business.
 */
static void check_misspelt(struct spec_reader *reader) {
    char name[128], buffer[128];
    for (char **e = environ; e && *e; e++) {
        size_t len = strcspn(*e, "=");
        const struct weir_option *nearest = NULL;
        if (strncmp(*e, "WEIR_", 5) || len >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)len, *e);
        for (size_t i = 0; i < weir_options_len; i++) {
            const struct weir_option *opt = &weir_options[i];
            variable(opt->key, buffer, sizeof buffer);
            if (!strcmp(name, buffer)) {
                nearest = NULL;
                break;
            }
            /* the section must be right, and the rest near */
            size_t section = 5 + spec_section_len(opt) + 1;
            const char *rest = buffer + section;
            if (opt->key[spec_section_len(opt)] && !strncmp(name, buffer, section) &&
                name[section] && weir_spec_nearest(name + section, &rest, 1))
                nearest = opt;
        }
        if (nearest) {
            variable(nearest->key, buffer, sizeof buffer);
            spec_complain(reader, 0, name, "found an unknown setting; did you mean %s?", buffer);
        }
    }
}

int weir_workflow_env(struct weir_workflow *wf, struct weir_error *err) {
    struct spec_reader reader;
    spec_reader_init(&reader, NULL);
    for (size_t i = 0; i < weir_options_len; i++) {
        char name[128];
        variable(weir_options[i].key, name, sizeof name);
        const char *text = getenv(name);
        struct weir_buf why = {0};
        int rc = text ? spec_option_parse(&weir_options[i], &wf->set, text, &why) : 0;
        if (rc == WEIR_ENOMEM)
            spec_out_of_memory(&reader);
        else if (rc)
            spec_complain(&reader, 0, name, "%s", weir_buf_str(&why));
        weir_buf_done(&why);
    }
    check_misspelt(&reader);
    return spec_reader_end(&reader, err);
}

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
