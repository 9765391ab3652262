/*
 * weir.yaml into a workflow. The document is read to its end whatever is wrong
 * on the way; streams and sinks are added as they come, settings replace the
 * defaults. What is a path on disk is taken relative to the file's folder, so
 * that a workflow means the same from wherever it is started.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/settings.h"

enum { STREAMS, SINKS, FIXED_KEYS, MOST_SECTIONS = 16, MOST_KEYS = 32 };

#define SOURCE_ALLOWED "a file, URL, device, folder or glob, a scene:…, or - for standard input"
#define SINK_ALLOWED                                                                               \
    "a kind that needs no path (null) or a map of one kind to its path, such as "                  \
    "{ ndjson: out/ }"

struct load {
    struct weir_workflow *wf;
    const char *dir; /* of the file, "" for the current one */
};

/* A URL, or the description of a scene: no path. */
static bool has_scheme(const char *text) {
    if (!strncmp(text, "scene:", 6))
        return true;
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return len > 1 && !strncmp(text + len, "://", 3);
}

/* Heap string; NULL when out of memory. */
static char *resolve(const struct load *load, const char *path) {
    return !strcmp(path, "-") || has_scheme(path) ? strdup(path) : spec_resolve(load->dir, path);
}

static void add_stream(struct spec_reader *reader, const struct spec_pair *pair, void *arg) {
    static const char *const keys[] = {"source", "live"};
    const struct load *load = arg;
    const struct spec_node *value[2] = {pair->value, NULL};
    struct spec_path path = spec_path("streams", pair->key), source_path = path;
    if (pair->value->kind == SPEC_MAP) {
        spec_read_map(reader, pair->value, path.text, keys, 2, value);
        source_path = spec_path(path.text, "source");
    }
    bool named = spec_name_ok(pair->key);
    if (!named) {
        struct weir_buf quoted = {0};
        spec_quote(&quoted, pair->key);
        spec_complain(reader, pair->line, path.text, "found the name %s; allowed: %s",
                      weir_buf_str(&quoted), SPEC_NAME_ALLOWED);
        weir_buf_done(&quoted);
    }
    bool live = false;
    if (value[1])
        spec_read_bool(reader, value[1], spec_path(path.text, "live").text, &live);
    const char *text = NULL;
    if (value[0])
        text = spec_read_text(reader, value[0], source_path.text, SOURCE_ALLOWED);
    else
        spec_complain(reader, pair->line, source_path.text, "found nothing; allowed: %s",
                      SOURCE_ALLOWED);
    if (!text || !named)
        return;
    struct weir_error err = {0};
    char *source = resolve(load, text);
    int rc =
        source ? weir_workflow_add_stream(load->wf, pair->key, source, live, &err) : WEIR_ENOMEM;
    if (rc == WEIR_ENOMEM)
        spec_out_of_memory(reader);
    else if (rc)
        spec_complain(reader, pair->line, path.text, "%s", err.text);
    free(source);
}

static void add_sink(struct spec_reader *reader, const struct spec_node *node,
                     const struct load *load) {
    const char *kind = node->text, *path = NULL;
    if (node->kind == SPEC_MAP && node->len == 1) {
        kind = node->pair[0].key;
        struct spec_path full = spec_path("sinks", kind);
        if (!(path = spec_read_text(reader, node->pair[0].value, full.text, "a path")))
            return;
    } else if (node->kind != SPEC_SCALAR) {
        struct weir_buf found = {0};
        spec_found(&found, node);
        spec_complain(reader, node->line, "sinks", "found %s%s; allowed: " SINK_ALLOWED,
                      weir_buf_str(&found),
                      node->kind == SPEC_MAP ? " that has not exactly one key" : "");
        weir_buf_done(&found);
        return;
    }
    struct weir_error err = {0};
    char *resolved = path ? resolve(load, path) : NULL;
    int rc =
        path && !resolved ? WEIR_ENOMEM : weir_workflow_add_sink(load->wf, kind, resolved, &err);
    if (rc == WEIR_ENOMEM)
        spec_out_of_memory(reader);
    else if (rc) /* it says "sinks: …" itself */
        spec_complain(reader, node->line, "sinks", "%s", err.text + strlen("sinks: "));
    free(resolved);
}

static void read_sinks(struct spec_reader *reader, const struct spec_node *node,
                       const struct load *load) {
    if (node->kind == SPEC_LIST) {
        for (size_t i = 0; i < node->len; i++)
            add_sink(reader, node->item[i], load);
    } else if (!spec_node_is_null(node)) {
        struct weir_buf found = {0};
        spec_found(&found, node);
        spec_complain(reader, node->line, "sinks",
                      "found %s; allowed: a list, each item " SINK_ALLOWED, weir_buf_str(&found));
        weir_buf_done(&found);
    }
}

static void read_section(struct spec_reader *reader, const struct spec_node *node,
                         const char *section, struct weir_settings *set) {
    const struct weir_option *opt[MOST_KEYS];
    const char *key[MOST_KEYS];
    const struct spec_node *value[MOST_KEYS];
    size_t len = 0, section_len = strlen(section);
    for (size_t i = 0; i < weir_options_len && len < MOST_KEYS; i++) {
        if (spec_section_len(&weir_options[i]) != section_len ||
            strncmp(weir_options[i].key, section, section_len))
            continue;
        opt[len] = &weir_options[i];
        key[len++] = spec_option_name(&weir_options[i]);
    }
    if (len == 1 && !strcmp(opt[0]->key, section)) { /* a key by itself */
        spec_option_read(opt[0], set, node, reader);
        return;
    }
    spec_read_map(reader, node, section, key, len, value);
    for (size_t i = 0; i < len; i++)
        if (value[i])
            spec_option_read(opt[i], set, value[i], reader);
}

/* A model with a '/' is a path, else a name to be looked up. */
static void resolve_model(struct spec_reader *reader, const struct load *load, char **model) {
    if (!strchr(*model, '/'))
        return;
    char *path = resolve(load, *model);
    if (!path) {
        spec_out_of_memory(reader);
        return;
    }
    free(*model);
    *model = path;
}

/* Those that came from this file. */
static void resolve_models(struct spec_reader *reader, const struct load *load) {
    struct weir_settings *set = &load->wf->set;
    struct weir_strings *models = &set->detect.models;
    if (set->line[weir_option_index(weir_option_by_key("detect.models"))])
        for (size_t i = 0; i < models->len; i++)
            resolve_model(reader, load, &models->item[i]);
    if (set->line[weir_option_index(weir_option_by_key("detect.reference"))])
        resolve_model(reader, load, &set->detect.reference);
}

/* "streams", "sinks", and the table's sections in its order; names holds them. */
static size_t list_sections(char names[MOST_SECTIONS][32], const char *key[MOST_SECTIONS]) {
    size_t len = FIXED_KEYS;
    key[STREAMS] = "streams";
    key[SINKS] = "sinks";
    for (size_t i = 0; i < weir_options_len && len < MOST_SECTIONS; i++) {
        snprintf(names[len], 32, "%.*s", (int)spec_section_len(&weir_options[i]),
                 weir_options[i].key);
        if (strcmp(names[len], key[len - 1])) {
            key[len] = names[len];
            len++;
        }
    }
    return len;
}

int weir_workflow_load(struct weir_workflow *wf, const char *path, struct weir_error *err) {
    struct spec_doc *doc;
    int rc = spec_doc_load(path, &doc, err);
    if (rc)
        return rc;
    char names[MOST_SECTIONS][32];
    const char *key[MOST_SECTIONS];
    const struct spec_node *value[MOST_SECTIONS];
    size_t len = list_sections(names, key);
    struct spec_reader reader;
    spec_reader_init(&reader, path);
    char *dir = spec_folder(path), *file = strdup(path);
    struct load load = {wf, dir};
    free(wf->file);
    wf->file = file;
    if (!dir || !file)
        spec_out_of_memory(&reader);
    else if (spec_node_is_null(doc->root))
        spec_complain(&reader, 1, "document", "found nothing; allowed: a map with streams");
    else if (spec_read_map(&reader, doc->root, "", key, len, value)) {
        for (size_t i = FIXED_KEYS; i < len; i++)
            if (value[i])
                read_section(&reader, value[i], key[i], &wf->set);
        resolve_models(&reader, &load);
        if (value[STREAMS])
            spec_read_names(&reader, value[STREAMS], "streams", "a map of names to sources",
                            add_stream, &load);
        if (value[SINKS])
            read_sinks(&reader, value[SINKS], &load);
    }
    free(dir);
    spec_doc_free(doc);
    return spec_reader_end(&reader, err);
}

bool weir_workflow_seems(const char *path) {
    static const char *const keys[] = {"streams", "sinks", "detect", "strategy"};
    return spec_doc_has(path, keys, sizeof keys / sizeof *keys);
}
