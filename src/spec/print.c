/*
 * Documents written back: the commented defaults, and a workflow as it was
 * understood. What is printed here reads back to the same workflow.
 */
#include <string.h>

#include "spec/settings.h"

enum { WRAP = 88 };

static const struct {
    const char *name, *about;
} sections[] = {
    {"source", "Reading cameras and files."},
    {"detect", "The detector."},
    {"slo",
     "What results must keep: deadline and accuracy. With a deadline a strategy chooses, for "
     "every frame, by which model and how wide it is detected."},
    {"track", "The tracker. The default figures are those published for ByteTrack."},
    {"annotate", "Video with boxes drawn into it (the annotate sink)."},
    {"run", "The run as a whole."},
};

static void comment(struct weir_buf *out, const char *indent, const char *text) {
    while (*text) {
        size_t len = strlen(text);
        if (len > WRAP)
            for (len = WRAP; len && text[len] != ' ';)
                len--;
        if (!len)
            len = strcspn(text, " ");
        weir_buf_printf(out, "%s# %.*s\n", indent, (int)len, text);
        text += len;
        text += strspn(text, " ");
    }
}

static void describe(const struct weir_option *opt, const char *indent, struct weir_buf *out) {
    struct weir_buf line = {0};
    comment(out, indent, opt->help);
    weir_buf_puts(&line, "Allowed: ");
    weir_option_allowed(opt, &line);
    weir_buf_puts(&line, ".");
    if (opt->no_flag || opt->flag)
        weir_buf_printf(&line, " Flag: %s.", opt->no_flag ? opt->no_flag : opt->flag);
    comment(out, indent, weir_buf_str(&line));
    weir_buf_done(&line);
}

static const char *about_section(const char *name, size_t len) {
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strlen(sections[i].name) == len && !strncmp(sections[i].name, name, len))
            return sections[i].about;
    return NULL;
}

void spec_settings_print(const struct weir_settings *set, bool comments, struct weir_buf *out) {
    const struct weir_option *last = NULL;
    for (size_t i = 0; i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        size_t len = spec_section_len(opt);
        const bool alone = !opt->key[len]; /* no section: a key by itself */
        if (alone) {
            weir_buf_putc(out, '\n');
        } else if (!last || strncmp(last->key, opt->key, len + 1)) {
            const char *about = comments ? about_section(opt->key, len) : NULL;
            weir_buf_putc(out, '\n');
            comment(out, "", about ? about : "");
            weir_buf_printf(out, "%.*s:\n", (int)len, opt->key);
        }
        if (comments)
            describe(opt, alone ? "" : "  ", out);
        weir_buf_printf(out, "%s%s: ", alone ? "" : "  ", spec_option_name(opt));
        weir_option_print(opt, set, out);
        weir_buf_putc(out, '\n');
        last = opt;
    }
}

/* Lines that an example has, and that are a proposal among the defaults. */
static void propose(struct weir_buf *out, bool example, const char *line) {
    weir_buf_printf(out, "%s  %s\n", example ? "" : "#", line);
}

static void print_commented(bool example, struct weir_buf *out) {
    const struct weir_option *models = weir_option_by_key("detect.models");
    struct weir_settings set;
    if (spec_settings_init(&set, NULL)) {
        out->failed = true;
        return;
    }
    out->failed |= example && weir_option_set(models, &set, "street_n", NULL);
    weir_buf_puts(
        out,
        "# A workflow: what to watch, with what, and where the results go. Start it with\n"
        "# `weir run weir.yaml`. Every key may be left out; the values here are the defaults.\n"
        "# The environment overrides this file (WEIR_DETECT_CONF=0.4 for detect.conf), and\n"
        "# the command line overrides both. Relative paths start at this file's folder.\n"
        "\n"
        "# Streams by name; the name is in every result. A source is a file, a URL (rtsp://,\n"
        "# http://), a camera (/dev/video0), a folder or glob of images, a generated street\n"
        "# (scene:seed=7,profile=rush), or - for MJPEG on standard input. `live: true` plays a\n"
        "# file or a scene like a camera.\n"
        "streams:\n");
    propose(out, example, "gate: rtsp://10.0.0.7/main");
    propose(out, example, "yard: { source: yard.mp4, live: true }");
    weir_buf_puts(
        out, "\n"
             "# Where results go. ndjson, coco, mot and digest (a checksum of the results) take a "
             "folder\n"
             "# and write one file a stream; annotate takes a folder for videos, or where there is "
             "only\n"
             "# one stream a file; mosaic takes a video file for all streams; null drops them.\n"
             "sinks:\n");
    propose(out, example, "- ndjson: out/");
    propose(out, example, "- annotate: out/");
    spec_settings_print(&set, true, out);
    spec_settings_done(&set);
}

void weir_options_print_defaults(struct weir_buf *out) {
    print_commented(false, out);
}

void weir_options_print_example(struct weir_buf *out) {
    print_commented(true, out);
}

void weir_workflow_print(const struct weir_workflow *wf, struct weir_buf *out) {
    weir_buf_printf(out, "streams:%s\n", wf->stream_len ? "" : " {}");
    for (size_t i = 0; i < wf->stream_len; i++) {
        const struct weir_stream_spec *stream = &wf->stream[i];
        weir_buf_puts(out, "  ");
        spec_print_yaml_text(out, stream->name);
        weir_buf_puts(out, ":\n    source: ");
        spec_print_yaml_text(out, stream->source);
        weir_buf_printf(out, "\n    live: %s\n", stream->live ? "true" : "false");
    }
    weir_buf_printf(out, "\nsinks:%s\n", wf->sink_len ? "" : " []");
    for (size_t i = 0; i < wf->sink_len; i++) {
        weir_buf_puts(out, "  - ");
        spec_print_yaml_text(out, wf->sink[i].kind);
        if (wf->sink[i].path) {
            weir_buf_puts(out, ": ");
            spec_print_yaml_text(out, wf->sink[i].path);
        }
        weir_buf_putc(out, '\n');
    }
    spec_settings_print(&wf->set, false, out);
}
