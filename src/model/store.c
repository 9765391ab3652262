/*
 * Where models lie on disk. A name is looked for in an ordered list of
 * folders: those of $WEIR_MODELS, the user's own, the project's models/ beside
 * the program, and the installed one. The list is made anew at each call, so
 * that nothing here outlives it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/model.h"

struct dirs {
    char **path; /* owned */
    size_t len;
    bool failed; /* out of memory on the way */
};

static void dirs_done(struct dirs *dirs) {
    for (size_t i = 0; i < dirs->len; i++)
        free(dirs->path[i]);
    free(dirs->path);
    *dirs = (struct dirs){0};
}

/* Takes path over. */
static void dirs_take(struct dirs *dirs, char *path) {
    char **more = path ? realloc(dirs->path, (dirs->len + 1) * sizeof *more) : NULL;
    if (!more) {
        free(path);
        dirs->failed = true;
        return;
    }
    dirs->path = more;
    dirs->path[dirs->len++] = path;
}

static void dirs_add_env(struct dirs *dirs) {
    const char *at = getenv("WEIR_MODELS");
    while (at && *at) {
        size_t len = strcspn(at, ":");
        if (len)
            dirs_take(dirs, strndup(at, len));
        at += len + (at[len] == ':');
    }
}

static void dirs_add_home(struct dirs *dirs) {
    const char *home = getenv("HOME");
    if (home && *home)
        dirs_take(dirs, weir_path_join(home, ".local/share/weir/models"));
}

/* build/weir lies beside models/: "PROJECT/build/weir" gives "PROJECT/models". */
static void dirs_add_project(struct dirs *dirs) {
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return;
    exe[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(exe, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
    char *path = weir_path_join(exe, "models");
    struct stat st;
    if (path && (stat(path, &st) || !S_ISDIR(st.st_mode))) {
        free(path);
        return;
    }
    dirs_take(dirs, path);
}

static int dirs_collect(struct dirs *dirs, struct weir_error *err) {
    *dirs = (struct dirs){0};
    dirs_add_env(dirs);
    dirs_add_home(dirs);
    dirs_add_project(dirs);
    dirs_take(dirs, strdup(WEIR_DATADIR "/models"));
    if (!dirs->failed)
        return 0;
    dirs_done(dirs);
    return weir_fail(err, WEIR_ENOMEM, "out of memory");
}

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* NAME or NAME.onnx in dir, or NULL. */
static char *look_in(const char *dir, const char *name) {
    static const char *const suffix[] = {"", ".onnx"};
    for (size_t i = 0; i < 2; i++) {
        struct weir_buf buf = {0};
        weir_buf_printf(&buf, "%s/%s%s", dir, name, suffix[i]);
        if (!buf.failed && is_file(weir_buf_str(&buf)))
            return buf.data;
        weir_buf_done(&buf);
    }
    return NULL;
}

static bool catalogue_knows(const char *name) {
    char *path = NULL;
    struct weir_catalog catalog = {0};
    bool known = false;
    if (weir_model_catalog_path(&path, NULL) == 0 && weir_catalog_load(path, &catalog, NULL) == 0) {
        known = weir_catalog_find(&catalog, name) != NULL;
        weir_catalog_done(&catalog);
    }
    free(path);
    return known;
}

static int say_not_found(const char *name, const struct dirs *dirs, struct weir_error *err) {
    struct weir_buf where = {0};
    for (size_t i = 0; i < dirs->len; i++)
        weir_buf_printf(&where, "%s%s", i ? ", " : "", dirs->path[i]);
    const char *remedy = catalogue_knows(name)
                             ? "`weir model pull` can download it"
                             : "give a path, or see `weir model list` for the names there are";
    weir_fail(err, WEIR_ENOENT, "%s: no such model in %s; %s", name, weir_buf_str(&where), remedy);
    weir_buf_done(&where);
    return WEIR_ENOENT;
}

int weir_model_find(const char *path_or_name, char **ret_path, struct weir_error *err) {
    if (!*path_or_name)
        return weir_fail(err, WEIR_EINVAL, "a model is a path or a name; found an empty one");
    if (is_file(path_or_name)) {
        char *path = strdup(path_or_name);
        if (!path)
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
        *ret_path = path;
        return 0;
    }
    if (strchr(path_or_name, '/'))
        return weir_fail(err, WEIR_ENOENT, "%s: no such file", path_or_name);

    struct dirs dirs;
    int rc = dirs_collect(&dirs, err);
    if (rc)
        return rc;
    char *found = NULL;
    for (size_t i = 0; i < dirs.len && !found; i++)
        found = look_in(dirs.path[i], path_or_name);
    if (found)
        *ret_path = found;
    else
        rc = say_not_found(path_or_name, &dirs, err);
    dirs_done(&dirs);
    return rc;
}

char *weir_model_name(const char *path) {
    size_t len;
    const char *stem = weir_path_stem(path, ".onnx", &len);
    return strndup(stem, len);
}

static int is_onnx(const struct dirent *entry) {
    size_t len = strlen(entry->d_name);
    return len > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 5, ".onnx") == 0;
}

int weir_model_each(void (*each)(const char *path, void *arg), void *arg) {
    struct dirs dirs;
    int rc = dirs_collect(&dirs, NULL);
    if (rc)
        return rc;
    for (size_t i = 0; i < dirs.len; i++) {
        struct dirent **entry = NULL;
        int n = scandir(dirs.path[i], &entry, is_onnx, alphasort);
        for (int k = 0; k < n; k++) {
            char *path = weir_path_join(dirs.path[i], entry[k]->d_name);
            if (!path)
                rc = WEIR_ENOMEM;
            else if (is_file(path))
                each(path, arg);
            free(path);
            free(entry[k]);
        }
        free(entry);
    }
    dirs_done(&dirs);
    return rc;
}

int weir_model_catalog_path(char **ret_path, struct weir_error *err) {
    const char *own = getenv("WEIR_CATALOG");
    struct dirs dirs = {0};
    if (own && *own) {
        if (!is_file(own))
            return weir_fail(err, WEIR_ENOENT, "%s: no such catalogue ($WEIR_CATALOG names it)",
                             own);
        dirs_take(&dirs, strdup(own));
    } else {
        struct dirs look = {0};
        dirs_add_project(&look);
        dirs_take(&look, strdup(WEIR_DATADIR "/models"));
        for (size_t i = 0; i < look.len && !dirs.len; i++) {
            char *path = weir_path_join(look.path[i], "catalog.yaml");
            if (path && is_file(path))
                dirs_take(&dirs, path);
            else
                free(path);
        }
        if (!dirs.len && !look.failed) {
            struct weir_buf where = {0};
            for (size_t i = 0; i < look.len; i++)
                weir_buf_printf(&where, "%s%s", i ? ", " : "", look.path[i]);
            weir_fail(err, WEIR_ENOENT, "no catalog.yaml in %s; set $WEIR_CATALOG",
                      weir_buf_str(&where));
            weir_buf_done(&where);
            dirs_done(&look);
            return WEIR_ENOENT;
        }
        dirs_done(&look);
    }
    if (!dirs.len)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *ret_path = dirs.path[0];
    free(dirs.path);
    return 0;
}

int weir_model_store(char **ret_dir, struct weir_error *err) {
    struct dirs dirs = {0};
    dirs_add_env(&dirs);
    if (!dirs.len && !dirs.failed)
        dirs_add_home(&dirs);
    if (dirs.failed) {
        dirs_done(&dirs);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    if (!dirs.len)
        return weir_fail(err, WEIR_ENOENT,
                         "nowhere to keep models: neither $WEIR_MODELS nor $HOME is set");
    *ret_dir = dirs.path[0];
    dirs.path[0] = NULL;
    dirs_done(&dirs);
    return 0;
}
