/*
 * What the parts of site.yaml's reader share: nodes are read first, then the links
 * between them, then what happens to both. Inside spec only.
 */
#ifndef WEIR_SPEC_SITE_READER_H
#define WEIR_SPEC_SITE_READER_H

#include "spec/reader.h"
#include "spec/site.h"

/* What is under way; the site grows in place, and is given up if anything was wrong. */
struct site_reader {
    struct spec_reader *reader;
    struct weir_site *site;
    const char *folder; /* of the document, "" for the current one */
    const char **node, **link; /* their names, borrowed from site, NULL-terminated; NULL: none */
};

/* Appends site->node's, site->link's and site->event's; complains. The list is a list. */
void spec_site_read_links(struct site_reader *load, const struct spec_node *list);
void spec_site_read_events(struct site_reader *load, const struct spec_node *list);

/* False, and a complaint, unless exactly one of two keys has a value. at is what lacks them. */
bool spec_site_one_of(struct site_reader *load, const struct spec_node *at, const char *path,
                      const char *const *key, const struct spec_node *const *value, int a, int b);
/* The index of a text among such names, whose kind is what; -1 after complaining. */
int spec_site_find(struct site_reader *load, const struct spec_node *node, const char *path,
                   const char *what, const char *const *names);

#endif
