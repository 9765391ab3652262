/*
 * weir model: the models there are, what one is recognised as, downloads, and
 * one fixed size made several. Listings go to standard output, progress and
 * errors to standard error.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/resize_verify.h"
#include "model/model.h"
#include "pipeline/pipeline.h"

enum { BAR_CELLS = 24 };

struct args {
    const char *dir;
    bool json, all;
    char **at; /* after the verb */
    size_t len;
};

static const struct cli_flag flag_rows[] = {
    {"--json", NULL, "inspect: print JSON", CLI_AT(json)},
    {"--all", NULL, "pull: every model of the catalogue", CLI_AT(all)},
    {"--dir", "DIR", "pull: keep them in this folder", CLI_AT(dir)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

static int print_done(struct weir_buf *text) {
    struct weir_error err = {0};
    int rc = cli_print(text, &err);
    weir_buf_done(text);
    return rc ? cli_failed(&err) : CLI_DONE;
}

/* ---- list and heads ---------------------------------------------------------- */

static int load_catalog(struct weir_catalog *ret, struct weir_error *err) {
    char *path = NULL;
    int rc = weir_model_catalog_path(&path, err);
    if (!rc)
        rc = weir_catalog_load(path, ret, err);
    free(path);
    return rc;
}

static void list_one(const char *path, void *arg) {
    struct weir_buf *text = arg;
    const char *base = weir_path_base(path);
    struct stat st;
    int name_len = (int)(strlen(base) - strlen(".onnx"));
    struct weir_buf size = {0};
    cli_print_bytes(&size, stat(path, &st) ? 0 : (int64_t)st.st_size);
    weir_buf_printf(text, "%-*.*s %10s  %s\n", 24, name_len, base, weir_buf_str(&size), path);
    weir_buf_done(&size);
}

static int do_list(const struct args *a) {
    (void)a;
    struct weir_buf text = {0};
    struct weir_catalog catalog = {0};
    struct weir_error err = {0};
    if (weir_model_each(list_one, &text)) {
        weir_buf_done(&text);
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    if (!text.len)
        weir_buf_puts(&text, "no models on this machine yet\n");
    if (load_catalog(&catalog, &err) == 0) {
        weir_buf_puts(&text, "\nto be had with `weir model pull NAME`:\n");
        for (size_t i = 0; i < catalog.len; i++) {
            const struct weir_catalog_entry *e = &catalog.entry[i];
            struct weir_buf size = {0};
            cli_print_bytes(&size, e->size_bytes);
            weir_buf_printf(&text, "%-24s %10s  %s%s%s\n", e->name, weir_buf_str(&size),
                            e->license ? e->license : "", e->about ? ": " : "",
                            e->about ? e->about : "");
            weir_buf_done(&size);
        }
        weir_catalog_done(&catalog);
    }
    return print_done(&text);
}

static int do_heads(const struct args *a) {
    (void)a;
    struct weir_buf text = {0};
    const char *name, *expects;
    for (size_t i = 0; weir_model_head(i, &name, &expects); i++)
        weir_buf_printf(&text, "%-12s %s\n", name, expects);
    return print_done(&text);
}

/* ---- inspect -------------------------------------------------------------------- */

static const char *const layouts[] = {"nchw", "nhwc"};
static const char *const colors[] = {"rgb", "bgr"};
static const char *const resizes[] = {"letterbox", "letterbox-topleft", "stretch"};

static void print_dim(struct weir_buf *text, const struct weir_port *port, int i) {
    if (port->dim[i] >= 0)
        weir_buf_printf(text, "%lld", (long long)port->dim[i]);
    else
        weir_buf_puts(text, port->symbol[i][0] ? port->symbol[i] : "?");
}

static void print_port(struct weir_buf *text, const char *kind, const struct weir_port *port) {
    weir_buf_printf(text, "%-14s %s %s [", kind, port->name, weir_dtype_name(port->dtype));
    for (int i = 0; i < port->rank; i++) {
        weir_buf_puts(text, i ? "," : "");
        print_dim(text, port, i);
    }
    weir_buf_puts(text, "]\n");
}

static void print_graph(struct weir_buf *text, const struct weir_graph *graph) {
    for (size_t i = 0; i < graph->input_len; i++)
        print_port(text, "input", &graph->input[i]);
    for (size_t i = 0; i < graph->output_len; i++)
        print_port(text, "output", &graph->output[i]);
    if (graph->producer[0])
        weir_buf_printf(text, "%-14s %s\n", "producer", graph->producer);
    for (size_t i = 0; i < graph->metadata_len; i++)
        weir_buf_printf(text, "%-14s %s = %.200s%s\n", "metadata", graph->metadata[i].key,
                        graph->metadata[i].value,
                        strlen(graph->metadata[i].value) > 200 ? "…" : "");
}

static void print_desc(struct weir_buf *text, const struct weir_model_desc *d) {
    weir_buf_printf(text, "%-14s %s\n", "head", weir_model_head_name(d));
    weir_buf_printf(text, "%-14s %s\n", "recognised by", d->why);
    weir_buf_printf(text, "%-14s %s %s %s", "pre-processing", layouts[d->layout], colors[d->color],
                    resizes[d->resize]);
    if (d->resize != WEIR_RESIZE_STRETCH)
        weir_buf_printf(text, ", pad %g", (double)d->pad);
    weir_buf_printf(text, ", (value - [%g,%g,%g]) * [%g,%g,%g]\n", (double)d->mean[0],
                    (double)d->mean[1], (double)d->mean[2], (double)d->scale[0],
                    (double)d->scale[1], (double)d->scale[2]);
    if (d->size.width)
        weir_buf_printf(text, "%-14s %dx%d, fixed\n", "size", d->size.width, d->size.height);
    else
        weir_buf_printf(text, "%-14s any multiple of %d; %dx%d unless said otherwise\n", "size",
                        d->stride, d->preferred.width, d->preferred.height);
    if (d->batch > 0)
        weir_buf_printf(text, "%-14s %d, fixed\n", "batch", d->batch);
    else
        weir_buf_printf(text, "%-14s any\n", "batch");
    weir_buf_printf(text, "%-14s score %g", "thresholds", (double)d->conf);
    if (d->nms_iou < 1)
        weir_buf_printf(text, ", NMS at IoU %g\n", (double)d->nms_iou);
    else
        weir_buf_puts(text, ", no NMS\n");
    weir_buf_printf(text, "%-14s %d:", "classes", d->classes);
    for (int i = 0; i < d->classes && i < 8; i++)
        weir_buf_printf(text, " %s%s", weir_labels_name(d->labels, i),
                        i + 1 < d->classes ? "," : "");
    weir_buf_puts(text, d->classes > 8 ? " …\n" : "\n");
}

static void json_ports(struct weir_json *json, const char *key, const struct weir_port *port,
                       size_t len) {
    weir_json_key(json, key);
    weir_json_array(json);
    for (size_t i = 0; i < len; i++) {
        weir_json_object(json);
        weir_json_key_str(json, "name", port[i].name);
        weir_json_key_str(json, "type", weir_dtype_name(port[i].dtype));
        weir_json_key(json, "shape");
        weir_json_array(json);
        for (int k = 0; k < port[i].rank; k++) {
            if (port[i].dim[k] >= 0)
                weir_json_int(json, port[i].dim[k]);
            else
                weir_json_str(json, port[i].symbol[k]);
        }
        weir_json_end_array(json);
        weir_json_end_object(json);
    }
    weir_json_end_array(json);
}

static void json_size(struct weir_json *json, const char *key, struct weir_size size) {
    weir_json_key(json, key);
    if (!size.width) {
        weir_json_null(json);
        return;
    }
    weir_json_array(json);
    weir_json_int(json, size.width);
    weir_json_int(json, size.height);
    weir_json_end_array(json);
}

static void json_floats(struct weir_json *json, const char *key, const float *value, int len) {
    weir_json_key(json, key);
    weir_json_array(json);
    for (int i = 0; i < len; i++)
        weir_json_num(json, (double)value[i], 9);
    weir_json_end_array(json);
}

static void json_desc(struct weir_json *json, const struct weir_model_desc *d) {
    weir_json_key_str(json, "head", weir_model_head_name(d));
    weir_json_key_str(json, "why", d->why);
    weir_json_key_str(json, "layout", layouts[d->layout]);
    weir_json_key_str(json, "color", colors[d->color]);
    weir_json_key_str(json, "resize", resizes[d->resize]);
    weir_json_key_num(json, "pad", (double)d->pad, 3);
    json_floats(json, "mean", d->mean, 3);
    json_floats(json, "scale", d->scale, 3);
    weir_json_key_int(json, "stride", d->stride);
    json_size(json, "size", d->size);
    json_size(json, "preferred", d->preferred);
    weir_json_key_int(json, "batch", d->batch);
    weir_json_key_num(json, "conf", (double)d->conf, 6);
    weir_json_key_num(json, "nms_iou", (double)d->nms_iou, 6);
    weir_json_key(json, "classes");
    weir_json_array(json);
    for (int i = 0; i < d->classes; i++)
        weir_json_str(json, weir_labels_name(d->labels, i));
    weir_json_end_array(json);
}

static void print_json(struct weir_buf *text, const char *path, const struct weir_graph *graph,
                       const struct weir_model_desc *desc) {
    struct weir_json json;
    weir_json_init(&json, text);
    json.pretty = true;
    weir_json_object(&json);
    weir_json_key_str(&json, "file", path);
    json_ports(&json, "inputs", graph->input, graph->input_len);
    json_ports(&json, "outputs", graph->output, graph->output_len);
    weir_json_key_str(&json, "producer", graph->producer);
    weir_json_key(&json, "metadata");
    weir_json_object(&json);
    for (size_t i = 0; i < graph->metadata_len; i++)
        weir_json_key_str(&json, graph->metadata[i].key, graph->metadata[i].value);
    weir_json_end_object(&json);
    if (desc)
        json_desc(&json, desc);
    else
        weir_json_key_str(&json, "head", NULL);
    weir_json_end_object(&json);
    weir_buf_putc(text, '\n');
}

/* FILE.yaml beside FILE.onnx; there need not be one. */
static int load_sidecar(const char *path, struct weir_sidecar *ret, bool *ret_found,
                        struct weir_error *err) {
    struct weir_buf name = {0};
    size_t len = strlen(path);
    if (len > 5 && !strcmp(path + len - 5, ".onnx"))
        len -= 5;
    weir_buf_add(&name, path, len);
    weir_buf_puts(&name, ".yaml");
    int rc = name.failed ? weir_fail(err, WEIR_ENOMEM, "out of memory")
                         : weir_sidecar_load(weir_buf_str(&name), ret, err);
    weir_buf_done(&name);
    *ret_found = rc == 0;
    return rc == WEIR_ENOENT ? 0 : rc;
}

/* The graph is shown even where no head knows it: the error alone is half the story. */
static int inspect(const char *path, bool as_json) {
    struct weir_graph graph = {0};
    struct weir_sidecar sidecar = {0};
    struct weir_model_desc desc = {0};
    struct weir_error err = {0};
    struct weir_buf text = {0};
    bool has_sidecar = false, known = false;

    int rc = weir_model_graph_read(path, &graph, &err);
    bool has_graph = rc == 0;
    if (!rc)
        rc = load_sidecar(path, &sidecar, &has_sidecar, &err);
    if (!rc) {
        rc = weir_model_recognise(&graph, has_sidecar ? &sidecar : NULL, &desc, &err);
        known = rc == 0;
        if (rc)
            weir_fail_at(&err, rc, "%s: ", path);
    }
    if (has_graph && as_json) {
        print_json(&text, path, &graph, known ? &desc : NULL);
    } else if (has_graph) {
        weir_buf_printf(&text, "%-14s %s%s\n", "file", path, has_sidecar ? ", with a sidecar" : "");
        print_graph(&text, &graph);
        if (known)
            print_desc(&text, &desc);
    }
    int code = has_graph ? print_done(&text) : CLI_FAILED;
    if (rc)
        code = cli_failed(&err);
    if (known)
        weir_model_desc_done(&desc);
    if (has_sidecar)
        weir_sidecar_done(&sidecar);
    weir_graph_done(&graph);
    return code;
}

static int do_inspect(const struct args *a) {
    struct weir_error err = {0};
    char *path = NULL;
    if (weir_model_find(a->at[0], &path, &err))
        return cli_failed(&err);
    int code = inspect(path, a->json);
    free(path);
    return code;
}

/* ---- pull ------------------------------------------------------------------------- */

struct download {
    const char *name;
    struct cli_progress progress;
    struct weir_clock *clock;
    int64_t begin_ns, begin_bytes;
    atomic_bool stop; /* Ctrl-C; set in the interrupt's thread */
};

static void on_interrupt(void *arg) {
    struct download *d = arg;
    atomic_store(&d->stop, true);
}

static void progress_line(const struct download *d, int64_t now_ns, int64_t done, int64_t total,
                          struct weir_buf *line) {
    double seconds = (double)(now_ns - d->begin_ns) / (double)WEIR_NS_PER_S;
    double rate = seconds > 0 ? (double)(done - d->begin_bytes) / seconds : 0;
    weir_buf_printf(line, "%s ", d->name);
    if (total > 0) {
        double share = done < total ? (double)done / (double)total : 1;
        cli_progress_bar(line, share, BAR_CELLS);
        weir_buf_printf(line, " %3.0f%% ", share * 100);
    }
    cli_print_bytes(line, done);
    weir_buf_puts(line, "  ");
    cli_print_bytes(line, (int64_t)rate);
    weir_buf_puts(line, "/s");
    if (total > 0 && rate > 0) {
        weir_buf_puts(line, "  ETA ");
        cli_print_duration(line, done < total ? (double)(total - done) / rate : 0);
    }
}

static int on_progress(int64_t done, int64_t total, void *arg) {
    struct download *d = arg;
    int64_t now = weir_clock_now(d->clock);
    if (d->begin_bytes < 0) {
        d->begin_bytes = done;
        d->begin_ns = now;
    }
    if (cli_progress_due(&d->progress, now)) {
        struct weir_buf line = {0};
        progress_line(d, now, done, total, &line);
        cli_progress_show(&d->progress, now, weir_buf_str(&line));
        weir_buf_done(&line);
    }
    return atomic_load(&d->stop);
}

static int pull_one(const struct weir_catalog_entry *entry, const char *dir, struct download *d,
                    struct weir_buf *said) {
    struct weir_error err = {0};
    char *path = NULL;
    d->name = entry->name;
    d->begin_bytes = -1;
    int rc = weir_model_pull(entry, dir, on_progress, d, &path, &err);
    cli_progress_clear(&d->progress);
    if (rc)
        return cli_failed(&err);
    weir_buf_printf(said, "%s: %s%s%s\n", entry->name, path, entry->license ? ", licence " : "",
                    entry->license ? entry->license : "");
    free(path);
    return CLI_DONE;
}

static int pull_from(const struct weir_catalog *catalog, const struct args *a, const char *dir) {
    struct download d = {.clock = weir_clock_monotonic_new()};
    struct cli_interrupt interrupt;
    struct weir_buf said = {0};
    struct weir_error err = {0};
    atomic_init(&d.stop, false);
    cli_progress_init(&d.progress, stderr);
    if (!d.clock || cli_interrupt_start(&interrupt, on_interrupt, &d)) {
        weir_clock_free(d.clock);
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    int code = CLI_DONE;
    for (size_t i = 0; i < catalog->len && !atomic_load(&d.stop); i++) {
        bool wanted = a->all;
        for (size_t k = 0; k < a->len && !wanted; k++)
            wanted = !strcmp(a->at[k], catalog->entry[i].name);
        if (wanted && pull_one(&catalog->entry[i], dir, &d, &said) != CLI_DONE)
            code = CLI_FAILED; /* the others may still come */
    }
    cli_interrupt_end(&interrupt);
    weir_clock_free(d.clock);
    int printed = print_done(&said);
    return code != CLI_DONE ? code : printed;
}

static int do_pull(const struct args *a) {
    struct weir_catalog catalog = {0};
    struct weir_error err = {0};
    char *dir = NULL;
    int code = CLI_FAILED;

    if (load_catalog(&catalog, &err))
        return cli_failed(&err);
    for (size_t i = 0; i < a->len; i++)
        if (!weir_catalog_find(&catalog, a->at[i])) {
            weir_fail(&err, WEIR_ENOENT,
                      "%s: not in the catalogue; `weir model list` shows what is", a->at[i]);
            goto fail;
        }
    dir = a->dir ? strdup(a->dir) : NULL;
    if (a->dir ? !dir : weir_model_store(&dir, &err) != 0) {
        if (!err.code)
            weir_fail(&err, WEIR_ENOMEM, "out of memory");
        goto fail;
    }
    code = pull_from(&catalog, a, dir);
fail:
    if (err.code)
        cli_failed(&err);
    free(dir);
    weir_catalog_done(&catalog);
    return code;
}

/* ---- resize ----------------------------------------------------------------------- */

static void print_resized(struct weir_buf *text, const char *out,
                          const struct weir_resize_report *report, const struct weir_buf *checks) {
    weir_buf_puts(text, weir_buf_str(&report->notes));
    weir_buf_printf(text, "was %dx%d in batches of %d; now any batch, sides multiples of %d\n",
                    report->width, report->height, report->batch, report->stride);
    weir_buf_printf(text, "%d reshapes and %d other nodes changed\n", report->reshapes,
                    report->others);
    weir_buf_puts(text, weir_buf_str(checks));
    weir_buf_printf(text, "written: %s\n", out);
}

static int do_resize(const struct args *a) {
    const char *in_name = a->at[0], *out = a->at[1];
    struct weir_resize_report report = {0};
    struct weir_error err = {0};
    struct weir_buf part = {0}, checks = {0}, text = {0};
    char *in = NULL;
    bool made = false;

    int rc = weir_model_find(in_name, &in, &err);
    if (!rc && weir_file_same(in, out))
        rc = weir_fail(&err, WEIR_EINVAL,
                       "%s: would be overwritten by its own result; name another", out);
    weir_buf_printf(&part, "%s.unverified.part", out);
    if (!rc && part.failed)
        rc = weir_fail(&err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = weir_model_make_dynamic(in, weir_buf_str(&part), &report, &err);
    made = rc == 0;
    if (!rc) {
        rc = cli_verify_resized(in, weir_buf_str(&part), &report, &checks, &err);
        if (rc)
            weir_fail_at(&err, rc, "%s: resized, but not the same any more; not written: ", in);
    }
    if (!rc && rename(weir_buf_str(&part), out))
        rc = weir_fail(&err, WEIR_EIO, "%s: cannot be written", out);
    if (made && rc)
        unlink(weir_buf_str(&part));
    int code = rc ? cli_failed(&err) : CLI_DONE;
    if (!rc) {
        print_resized(&text, out, &report, &checks);
        code = print_done(&text);
    }
    weir_buf_done(&report.notes);
    weir_buf_done(&checks);
    weir_buf_done(&part);
    free(in);
    return code;
}

/* ---- the command -------------------------------------------------------------------- */

static const struct verb {
    const char *name;
    int (*run)(const struct args *a);
    size_t min, max;
    const char *takes;
} verbs[] = {
    {"list", do_list, 0, 0, "no arguments"},
    {"inspect", do_inspect, 1, 1, "one FILE or name"},
    {"heads", do_heads, 0, 0, "no arguments"},
    {"pull", do_pull, 0, 64, "a NAME of the catalogue, or --all"},
    {"resize", do_resize, 2, 2, "IN.onnx and OUT.onnx"},
};

static const struct verb *find_verb(const char *name) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

static int run_command(int argc, char **argv) {
    struct weir_error err = {0};
    struct args a = {0};
    char **at;
    size_t len;

    if (cli_parse(&cmd_model, &a, NULL, argc, argv, &at, &len, &err))
        return cli_misused(&cmd_model, &err);
    const struct verb *verb = len ? find_verb(at[0]) : NULL;
    if (!verb) {
        weir_fail(&err, WEIR_EINVAL, "found '%s'; expected list, inspect, heads, pull or resize",
                  len ? at[0] : "nothing");
        return cli_misused(&cmd_model, &err);
    }
    a.at = at + 1;
    a.len = len - 1;
    bool pull = verb->run == do_pull, inspects = verb->run == do_inspect;
    if (a.len < verb->min || a.len > verb->max || (pull && (a.len == 0) != a.all))
        weir_fail(&err, WEIR_EINVAL, "%s takes %s", verb->name, verb->takes);
    else if ((a.all || a.dir) && !pull)
        weir_fail(&err, WEIR_EINVAL, "--all and --dir belong to pull");
    else if (a.json && !inspects)
        weir_fail(&err, WEIR_EINVAL, "--json belongs to inspect");
    return err.code ? cli_misused(&cmd_model, &err) : verb->run(&a);
}

const struct cli_command cmd_model = {
    .name = "model",
    .usage =
        "list\ninspect FILE [--json]\nheads\npull NAME|--all [--dir DIR]\nresize IN.onnx OUT.onnx",
    .summary = "list, inspect, download and resize models",
    .run = run_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .details =
        "A model is a path, or a name looked for in $WEIR_MODELS, ~/.local/share/weir/models and\n"
        "the project's models/. pull continues an interrupted download and verifies its SHA-256.\n"
        "resize makes a detector exported at one size take any batch, height and width: it edits\n"
        "the graph, then runs both; the file appears only if they agree.\n",
};
