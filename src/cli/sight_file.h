/* Where a model has it written down how well it sees: NAME.accuracy.json beside it. */
#ifndef WEIR_CLI_SIGHT_FILE_H
#define WEIR_CLI_SIGHT_FILE_H

#include "base/base.h"

/* "models/street_n.accuracy.json" of "models/street_n.onnx"; heap, NULL: no memory. */
char *cli_sight_path(const char *model_path);

/* The threshold that a model's accuracy was measured at; *ret_conf stays as it is where nobody has
 * measured it. EINVAL: the file is broken; EIO, ENOMEM. */
int cli_sight_conf(const char *model_path, double *ret_conf, struct weir_error *err);

#endif
