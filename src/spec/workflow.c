/*
 * The workflow as an object: defaults, streams, sinks, the environment over
 * them. Reading the file is workflow_file.c's business, the checks that need more than one key
 * are workflow_check.c's. One thread; every string is the workflow's own.
 */
#include "spec/workflow.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
