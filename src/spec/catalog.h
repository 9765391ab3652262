/*
 * The catalogue of models that can be downloaded (models/catalog.yaml):
 *
 *   models:
 *     yolox_nano:
 *       url: https://…
 *       sha256: 64 hex digits
 *       size_bytes: 3690152
 *       license: Apache-2.0
 *       about: one line
 */
#ifndef WEIR_SPEC_CATALOG_H
#define WEIR_SPEC_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

struct weir_catalog_entry {
    char *name, *url, *sha256, *license, *about;
    int64_t size_bytes;
};

struct weir_catalog {
    struct weir_catalog_entry *entry;
    size_t len;
};

int weir_catalog_load(const char *path, struct weir_catalog *ret, struct weir_error *err);
void weir_catalog_done(struct weir_catalog *catalog);
/* NULL if there is none of that name. */
const struct weir_catalog_entry *weir_catalog_find(const struct weir_catalog *catalog,
                                                   const char *name);

#endif
