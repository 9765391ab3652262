/*
 * models/catalog.yaml. An entry is complete or an error: what is downloaded
 * must be verifiable, and its licence known.
 */
#include "spec/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "spec/option.h"
#include "spec/reader.h"

enum { URL, SHA256, SIZE_BYTES, LICENSE, ABOUT, KEYS };

static const char *const keys[KEYS] = {"url", "sha256", "size_bytes", "license", "about"};
static const char *const allowed[KEYS] = {
    "an address that begins with http:// or https://",
    "64 hexadecimal digits",
    "a whole number of bytes",
    "the name of a licence, such as Apache-2.0",
    "one line of text",
};

static void entry_done(struct weir_catalog_entry *entry) {
    free(entry->name);
    free(entry->url);
    free(entry->sha256);
    free(entry->license);
    free(entry->about);
}

static bool is_sha256(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

static bool is_http(const char *text) {
    return !strncmp(text, "http://", 7) || !strncmp(text, "https://", 8);
}

/* A text that must also pass a test. */
static char *read_checked(struct spec_reader *reader, const struct spec_node *node,
                          const char *path, int key, bool (*good)(const char *)) {
    char *text = spec_copy_text(reader, node, path, allowed[key]);
    if (!text || good(text))
        return text;
    struct weir_buf found = {0};
    spec_quote(&found, text);
    spec_complain(reader, node->line, path, "found %s; allowed: %s", weir_buf_str(&found),
                  allowed[key]);
    weir_buf_done(&found);
    free(text);
    return NULL;
}

static void read_value(struct spec_reader *reader, const struct spec_node *node, const char *path,
                       int key, struct weir_catalog_entry *entry) {
    switch (key) {
    case URL:
        entry->url = read_checked(reader, node, path, key, is_http);
        break;
    case SHA256:
        entry->sha256 = read_checked(reader, node, path, key, is_sha256);
        for (char *c = entry->sha256; c && *c; c++)
            if (*c >= 'A' && *c <= 'F')
                *c += 'a' - 'A';
        break;
    case SIZE_BYTES:
        spec_read_int(reader, node, path, 1, INT64_C(1) << 40, &entry->size_bytes);
        break;
    case LICENSE:
        entry->license = spec_copy_text(reader, node, path, allowed[key]);
        break;
    default:
        entry->about = spec_copy_text(reader, node, path, allowed[key]);
    }
}

static void add_entry(struct spec_reader *reader, const struct spec_pair *pair, void *arg) {
    struct weir_catalog *catalog = arg;
    struct spec_path path = spec_path("models", pair->key);
    const struct spec_node *value[KEYS];
    if (!spec_name_ok(pair->key))
        spec_complain(reader, pair->line, path.text, "found this name; allowed: %s",
                      SPEC_NAME_ALLOWED);
    if (!spec_read_map(reader, pair->value, path.text, keys, KEYS, value))
        return;
    struct weir_catalog_entry entry = {.name = strdup(pair->key)};
    if (!entry.name)
        spec_out_of_memory(reader);
    for (int key = 0; key < KEYS; key++) {
        struct spec_path full = spec_path(path.text, keys[key]);
        if (value[key])
            read_value(reader, value[key], full.text, key, &entry);
        else if (key != ABOUT)
            spec_complain(reader, pair->line, full.text, "found nothing; allowed: %s",
                          allowed[key]);
        else if (!(entry.about = strdup("")))
            spec_out_of_memory(reader);
    }
    struct weir_catalog_entry *more =
        realloc(catalog->entry, (catalog->len + 1) * sizeof *catalog->entry);
    if (!more) {
        spec_out_of_memory(reader);
        entry_done(&entry);
        return;
    }
    catalog->entry = more;
    catalog->entry[catalog->len++] = entry;
}

int weir_catalog_load(const char *path, struct weir_catalog *ret, struct weir_error *err) {
    static const char *const top[] = {"models"};
    struct spec_doc *doc;
    int rc = spec_doc_load(path, &doc, err);
    if (rc)
        return rc;
    struct weir_catalog catalog = {0};
    struct spec_reader reader;
    spec_reader_init(&reader, path);
    const struct spec_node *models;
    bool map = spec_read_map(&reader, doc->root, "", top, 1, &models);
    if (map && models)
        spec_read_names(&reader, models, "models", "a map of names to models", add_entry, &catalog);
    else if (map)
        spec_complain(&reader, doc->root->line, "models",
                      "found nothing; allowed: a map of names to models");
    spec_doc_free(doc);
    rc = spec_reader_end(&reader, err);
    if (rc)
        weir_catalog_done(&catalog);
    else
        *ret = catalog;
    return rc;
}

void weir_catalog_done(struct weir_catalog *catalog) {
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->len; i++)
        entry_done(&catalog->entry[i]);
    free(catalog->entry);
    *catalog = (struct weir_catalog){0};
}

const struct weir_catalog_entry *weir_catalog_find(const struct weir_catalog *catalog,
                                                   const char *name) {
    for (size_t i = 0; i < catalog->len; i++)
        if (!strcmp(catalog->entry[i].name, name))
            return &catalog->entry[i];
    return NULL;
}
