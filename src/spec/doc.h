/*
 * A YAML file as a tree of nodes that know their lines. Inside spec only: the
 * one place that knows libyaml.
 */
#ifndef WEIR_SPEC_DOC_H
#define WEIR_SPEC_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

/* Above any document that a person writes, below what a hostile one needs. */
enum {
    SPEC_YAML_MAX_BYTES = 1 << 20,
    SPEC_YAML_MAX_NODES =
        50000, /* aliases included: whoever copies what they name pays each time */
    SPEC_YAML_MAX_TEXT = 4096, /* bytes of a scalar; a path may have as many */
    SPEC_YAML_MAX_ANCHORS = 256,
    SPEC_YAML_MAX_DEPTH = 32,
};

enum spec_node_kind { SPEC_SCALAR, SPEC_LIST, SPEC_MAP };

struct spec_node;

struct spec_pair {
    const char *key; /* the text of a scalar node of the same document */
    int line;
    int first_line; /* of the same key earlier in the map; 0: this is the first */
    struct spec_node *value;
};

struct spec_node {
    enum spec_node_kind kind;
    int line; /* counted from 1 */
    bool plain; /* a scalar without quotes */
    bool open; /* while it is being read: an alias to it would be a circle */
    char *text; /* of a scalar, UTF-8 without NUL inside */
    struct spec_node **item; /* of a list */
    struct spec_pair *pair; /* of a map, in the order of the file */
    size_t len, cap; /* items or pairs */
};

/* Owns every node; an alias is the same node seen twice, never a circle. */
struct spec_doc {
    struct spec_node *root;
    struct spec_node **node;
    size_t len, cap;
};

/* Reads one document. file is used in messages only: "FILE:LINE:COLUMN: …".
 * EINVAL (not YAML, empty, too deep, too large), ENOMEM. */
int spec_doc_parse(const char *file, const char *data, size_t len, struct spec_doc **ret_doc,
                   struct weir_error *err);
/* The same from a file of at most SPEC_YAML_MAX_BYTES; also ENOENT, EIO, ERANGE. */
int spec_doc_load(const char *path, struct spec_doc **ret_doc, struct weir_error *err);
/* NULL allowed. */
void spec_doc_free(struct spec_doc *doc);

/* Has the file one of these keys at its root? False where that cannot be told, for a pipe, too,
 * which would be used up by looking. */
bool spec_doc_has(const char *path, const char *const *keys, size_t len);

/* A plain scalar that says nothing: "", "~" or "null". */
bool spec_node_is_null(const struct spec_node *node);

#endif
