/* Lists in flags, "A,B,…", which several commands take. */
#ifndef WEIR_CLI_LISTS_H
#define WEIR_CLI_LISTS_H

#include "base/base.h"
#include "spec/spec.h"

/* Words with commas between; they point into text. Zeroed is empty. */
struct cli_words {
    char *text; /* owned */
    struct weir_strings list;
};

/* 1 to most words, none empty. EINVAL names flag, what was found and what is allowed; ENOMEM. */
int cli_words(const char *flag, const char *text, size_t most, struct cli_words *ret,
              struct weir_error *err);
void cli_words_done(struct cli_words *words);

/* The same, of models: names or paths, none with the last part of another. */
int cli_models(const char *text, size_t most, struct cli_words *ret, struct weir_error *err);

/* 1 to most whole numbers from min to max, min >= 0; ret has room for most. EINVAL. */
int cli_wholes(const char *flag, const char *text, int min, int max, size_t most, int *ret,
               size_t *ret_len, struct weir_error *err);

#endif
