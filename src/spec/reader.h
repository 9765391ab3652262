/*
 * The schema layer: what workflow, sidecar and catalogue share when they turn
 * a tree of nodes into values and collect everything that is wrong with it.
 * Inside spec only.
 */
#ifndef WEIR_SPEC_READER_H
#define WEIR_SPEC_READER_H

#include <stdint.h>

#include "spec/doc.h"
#include "spec/workflow.h"

/* Far more than an error's text holds. */
enum { SPEC_MAX_COMPLAINTS = 128 };

struct spec_complaint {
    int line, order;
    char *text;
};

/* Everything that is wrong. */
struct spec_reader {
    const char *file; /* NULL: not from a file */
    struct spec_complaint *complaint;
    int len, cap; /* those kept */
    int count; /* all of them */
    bool out_of_memory;
};

void spec_reader_init(struct spec_reader *reader, const char *file);
/* Adds "FILE:LINE: KEY: text". line 0 and file NULL are left out. */
void spec_complain(struct spec_reader *reader, int line, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void spec_out_of_memory(struct spec_reader *reader);
/* 0 if nothing was wrong, else EINVAL or ENOMEM with all complaints in err, a
 * line each, in the order of the file. Frees. */
int spec_reader_end(struct spec_reader *reader, struct weir_error *err);

/* No more complaints are kept, only counted: what explaining them costs can be saved. */
bool spec_reader_full(const struct spec_reader *reader);

/* "found" in words: quoted text (cut and cleaned for a terminal), "a list", "nothing". */
void spec_quote(struct weir_buf *out, const char *text);
void spec_found(struct weir_buf *out, const struct spec_node *node);

/* The complaint "found X; allowed: Y"; path "" is the document itself. */
void spec_unfit(struct spec_reader *reader, const struct spec_node *node, const char *path,
                const char *allowed);

/* The full name of a key: "detect" + "conf" = "detect.conf"; cut at the end. */
struct spec_path {
    char text[160];
};
struct spec_path spec_path(const char *parent, const char *key);

/*
 * Takes a map apart: ret_value[i] is the value of key[i], NULL where absent.
 * Unknown and repeated keys are complained about. False (complained) if node
 * is no map; a null counts as an empty map.
 */
bool spec_read_map(struct spec_reader *reader, const struct spec_node *node, const char *path,
                   const char *const *key, size_t len, const struct spec_node **ret_value);
/* As above where the keys are names that the user chose: calls each(…) for
 * every pair that is no repetition. */
typedef void spec_each_pair(struct spec_reader *reader, const struct spec_pair *pair, void *arg);
bool spec_read_names(struct spec_reader *reader, const struct spec_node *node, const char *path,
                     const char *allowed, spec_each_pair *each, void *arg);

/* The text of a scalar that is not empty; else complains and returns NULL. */
const char *spec_read_text(struct spec_reader *reader, const struct spec_node *node,
                           const char *path, const char *allowed);
/* A copy of it; NULL after complaining. */
char *spec_copy_text(struct spec_reader *reader, const struct spec_node *node, const char *path,
                     const char *allowed);
/* A list of such texts, or one of them alone; null: empty. False after complaining. */
bool spec_read_strings(struct spec_reader *reader, const struct spec_node *node, const char *path,
                       const char *allowed, struct weir_strings *ret);
bool spec_read_number(struct spec_reader *reader, const struct spec_node *node, const char *path,
                      double min, double max, double *ret);
bool spec_read_int(struct spec_reader *reader, const struct spec_node *node, const char *path,
                   int64_t min, int64_t max, int64_t *ret);
bool spec_read_bool(struct spec_reader *reader, const struct spec_node *node, const char *path,
                    bool *ret);
/* choice is NULL-terminated; *ret its index. */
bool spec_read_choice(struct spec_reader *reader, const struct spec_node *node, const char *path,
                      const char *const *choice, int *ret);

/* Text to values. EINVAL: not such a thing; ERANGE: too large for its type. */
int spec_parse_number(const char *text, double *ret);
int spec_parse_int(const char *text, int64_t *ret);
int spec_parse_bool(const char *text, bool *ret);
/* "416" or "640x384" */
int spec_parse_size(const char *text, struct weir_size *ret);
/* The index in a NULL-terminated list, -1 if it is not there. */
int spec_choice_index(const char *const *choice, const char *text);
/* "a, b or c" */
void spec_print_choices(struct weir_buf *out, const char *const *choice);
/* The fewest digits that read back to the same number. */
void spec_print_number(struct weir_buf *out, double value);
/* As YAML would want it: plain where that is safe, else in double quotes. */
void spec_print_yaml_text(struct weir_buf *out, const char *text);

/* The folder that a document lies in, "" for the current one; and a path that stands in it:
 * relative to that folder unless it begins with "/" or "~/". Heap strings; NULL when out of
 * memory. */
char *spec_folder(const char *file);
char *spec_resolve(const char *folder, const char *path);

int spec_strings_add(struct weir_strings *strings, const char *text);
void spec_strings_done(struct weir_strings *strings);

/* Letters, digits, "_", "-" and ".", not beginning with a "." or "-", at most 100:
 * good as a file name anywhere. */
bool spec_name_ok(const char *name);
#define SPEC_NAME_ALLOWED                                                                          \
    "letters, digits, \"_\", \"-\" and \".\", beginning with a letter, digit or \"_\", at most "   \
    "100 of them"

#endif
