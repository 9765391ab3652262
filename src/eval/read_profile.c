/* Of a model's accuracy profile only the threshold it holds for. */
#include <jansson.h>
#include <stdlib.h>

#include "eval/profile.h"

static const size_t file_max_bytes = (size_t)16 << 20;

int weir_profile_conf(const char *path, double *ret_conf, struct weir_error *err) {
    static const char remedy[] =
        "make it anew with weir eval scenes --profile-out, or state --conf";
    char *text = NULL;
    size_t len = 0;
    json_error_t where;
    int rc = weir_file_read(path, file_max_bytes, &text, &len, err);
    if (rc)
        return rc;
    json_t *root = json_loadb(text, len, 0, &where);
    free(text);
    if (!root)
        return weir_fail(err, WEIR_ECORRUPT, "%s:%d: %s; %s", path, where.line, where.text, remedy);
    const json_t *conf = json_object_get(root, "conf");
    const double value = json_is_number(conf) ? json_number_value(conf) : -1;
    json_decref(root);
    if (!(value >= 0 && value <= 1))
        return weir_fail(err, WEIR_ECORRUPT, "%s: conf: allowed: a number from 0 to 1; %s", path,
                         remedy);
    *ret_conf = value;
    return 0;
}
