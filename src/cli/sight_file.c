/* The name of an accuracy profile, and the one number of it that detectors need. */
#include "cli/sight_file.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "profile/profile.h"

char *cli_sight_path(const char *model_path) {
    struct weir_buf path = {0};
    char *name = weir_model_name(model_path);
    if (name)
        weir_buf_printf(&path, "%.*s%s.accuracy.json",
                        (int)(weir_path_base(model_path) - model_path), model_path, name);
    free(name);
    if (path.failed)
        weir_buf_done(&path);
    return path.data;
}

int cli_sight_conf(const char *model_path, double *ret_conf, struct weir_error *err) {
    struct weir_sight sight = {0};
    struct weir_error why = {0};
    char *path = cli_sight_path(model_path);
    int rc =
        path ? weir_sight_read(path, &sight, &why) : weir_fail(&why, WEIR_ENOMEM, "out of memory");
    if (!rc)
        *ret_conf = sight.conf;
    weir_sight_done(&sight);
    free(path);
    return rc && rc != WEIR_ENOENT ? weir_fail(err, rc, "%s", why.text) : 0;
}
