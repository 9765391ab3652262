/* Paths in documents: each means the same from wherever the document is read. */
#include <stdlib.h>
#include <string.h>

#include "spec/reader.h"

char *spec_folder(const char *file) {
    const char *base = weir_path_base(file);
    return strndup(file, (size_t)(base - file) - (base - file > 1));
}

char *spec_resolve(const char *folder, const char *path) {
    const char *home = getenv("HOME");
    if (!strncmp(path, "~/", 2) && home)
        return weir_path_join(home, path + 2);
    return *path == '/' || !*folder ? strdup(path) : weir_path_join(folder, path);
}
