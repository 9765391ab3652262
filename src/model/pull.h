/* Inside of pull: the same with other limits than the usual ones. */
#ifndef WEIR_MODEL_PULL_H
#define WEIR_MODEL_PULL_H

#include "model/model.h"

struct pull_limits {
    long connect_timeout_s;
    long stall_timeout_s; /* without a byte */
};

int pull_with(const struct weir_catalog_entry *entry, const char *dir,
              const struct pull_limits *limits, weir_pull_progress *progress, void *arg,
              char **ret_path, struct weir_error *err);

#endif
