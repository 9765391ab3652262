/* A scene's description out of flags, which several commands take. */
#ifndef WEIR_CLI_SCENE_CONF_H
#define WEIR_CLI_SCENE_CONF_H

#include "base/base.h"
#include "scene/scene.h"

/* Reads value[k] (NULL: not given) for key[k]. EINVAL, ERANGE: with what was found and what
 * is allowed; ENOMEM. */
int cli_scene_conf(const char *const *key, const char *const *value, size_t len,
                   struct weir_scene_conf *ret, struct weir_error *err);

#endif
