/* The flags become the text that a source would give, so that both are read by one reader. */
#include "cli/scene_conf.h"

#include <string.h>

int cli_scene_conf(const char *const *key, const char *const *value, size_t len,
                   struct weir_scene_conf *ret, struct weir_error *err) {
    static const char place[] = "scene: "; /* a command has said where it is already */
    struct weir_buf text = {0};
    struct weir_error reason = {0};
    int rc = 0;
    for (size_t k = 0; !rc && k < len; k++) {
        if (value[k] && strpbrk(value[k], ",="))
            rc = weir_fail(&reason, WEIR_EINVAL, "--%s: found '%s'; allowed: one value", key[k],
                           value[k]);
        else if (value[k])
            weir_buf_printf(&text, "%s%s=%s", text.len ? "," : "", key[k], value[k]);
    }
    if (!rc && text.failed)
        rc = weir_fail(&reason, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = weir_scene_parse(weir_buf_str(&text), ret, &reason);
    weir_buf_done(&text);
    if (!rc)
        return 0;
    bool placed = !strncmp(reason.text, place, strlen(place));
    return weir_fail(err, rc, "%s", reason.text + (placed ? strlen(place) : 0));
}
