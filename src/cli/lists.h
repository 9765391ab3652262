/* Lists on the command line, with commas between, and what models are called. */
#ifndef WEIR_CLI_LISTS_H
#define WEIR_CLI_LISTS_H

#include "base/base.h"
#include "spec/spec.h"

struct cli_names {
    struct weir_strings list; /* items lie in text */
    char *text;
};

/* "a,b": 1 to most names, no two with the same last part. EINVAL: flag, what was found, what is
 * allowed; ENOMEM. To be given to cli_names_done on failure, too. */
int cli_names_read(const char *flag, const char *text, size_t most, struct cli_names *ret,
                   struct weir_error *err);
void cli_names_done(struct cli_names *names); /* zeroed allowed */

/* A whole number from 0 on at the beginning of text: what follows it; NULL where there is none. */
const char *cli_whole_read(const char *text, int64_t *ret);

/* "160,320": 1 to most whole numbers from least to greatest. ret has room for most. EINVAL. */
int cli_numbers_read(const char *flag, const char *text, int least, int greatest, size_t most,
                     int *ret, size_t *ret_len, struct weir_error *err);

/* "models/street_n.onnx": "street_n"; heap, NULL: no memory. */
char *cli_model_name(const char *path);

#endif
